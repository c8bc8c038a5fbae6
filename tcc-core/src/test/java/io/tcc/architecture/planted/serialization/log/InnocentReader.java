package io.tcc.architecture.planted.serialization.log;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;

public class InnocentReader {
  int read(InputStream in) throws IOException {
    return new DataInputStream(in).readInt();
  }
}
