package io.tcc.protocol.notification;

/** By what a third party acknowledges. */
public enum Acknowledgement {
  /** A status from 200 to 299, whatever the body. */
  STATUS {
    @Override
    boolean isIn(Answer.Response response) {
      return response.isSuccessful();
    }
  },

  /** Such a status, and the body {@code success}, as Alipay asks for. */
  BODY {
    @Override
    boolean isIn(Answer.Response response) {
      return response.isSuccessful() && response.body().strip().equals(SUCCESS);
    }
  };

  /** The body that acknowledges. */
  public static final String SUCCESS = "success";

  abstract boolean isIn(Answer.Response response);
}
