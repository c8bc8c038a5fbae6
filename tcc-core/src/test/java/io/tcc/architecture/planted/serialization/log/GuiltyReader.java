package io.tcc.architecture.planted.serialization.log;

import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;

public class GuiltyReader {
  Object read(InputStream in) throws IOException, ClassNotFoundException {
    return new ObjectInputStream(in).readObject();
  }
}
