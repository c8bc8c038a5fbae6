package io.tcc.architecture.planted.serialization.log;

import java.beans.XMLDecoder;
import java.io.InputStream;

public class GuiltyBeans {
  Object read(InputStream in) {
    return new XMLDecoder(in).readObject();
  }
}
