package io.tcc.transport.http;

import io.tcc.transport.IncomingCalls;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the call before the response is committed. The header with the answer is the library's: an
 * application that passes on the headers of another service's response does not change it.
 */
final class EnlistingResponse extends HttpServletResponseWrapper {

  private static final String CONTENT_LENGTH = "Content-Length";

  private final ServedCall call;
  private @Nullable ServletOutputStream stream;
  private @Nullable PrintWriter writer;

  EnlistingResponse(HttpServletResponse response, ServedCall call) {
    super(response);
    this.call = call;
  }

  @Override
  public void setHeader(String name, String value) {
    if (isOthers(name)) {
      declareLength(name, value);
      super.setHeader(name, value);
    }
  }

  @Override
  public void addHeader(String name, String value) {
    if (isOthers(name)) {
      declareLength(name, value);
      super.addHeader(name, value);
    }
  }

  @Override
  public void setIntHeader(String name, int value) {
    declareLength(name, Integer.toString(value));
    super.setIntHeader(name, value);
  }

  @Override
  public void addIntHeader(String name, int value) {
    declareLength(name, Integer.toString(value));
    super.addIntHeader(name, value);
  }

  @Override
  public void setContentLength(int length) {
    call.declare(length);
    super.setContentLength(length);
  }

  @Override
  public void setContentLengthLong(long length) {
    call.declare(length);
    super.setContentLengthLong(length);
  }

  @Override
  public void reset() {
    super.reset();
    stream = null;
    writer = null;
    call.reset();
  }

  @Override
  public void resetBuffer() {
    super.resetBuffer();
    call.resetBuffer();
  }

  @Override
  public void flushBuffer() throws IOException {
    call.close();
    super.flushBuffer();
  }

  @Override
  public void sendError(int status) throws IOException {
    call.close();
    super.sendError(status);
  }

  @Override
  public void sendError(int status, String message) throws IOException {
    call.close();
    super.sendError(status, message);
  }

  @Override
  public void sendRedirect(String location) throws IOException {
    call.close();
    super.sendRedirect(location);
  }

  @Override
  public void sendRedirect(String location, int status) throws IOException {
    call.close();
    super.sendRedirect(location, status);
  }

  @Override
  public void sendRedirect(String location, boolean clearBuffer) throws IOException {
    call.close();
    super.sendRedirect(location, clearBuffer);
  }

  @Override
  public void sendRedirect(String location, int status, boolean clearBuffer) throws IOException {
    call.close();
    super.sendRedirect(location, status, clearBuffer);
  }

  @Override
  public ServletOutputStream getOutputStream() throws IOException {
    if (stream == null) {
      stream = new Stream(super.getOutputStream());
    }
    return stream;
  }

  @Override
  public PrintWriter getWriter() throws IOException {
    if (writer == null) {
      writer = new Printer(super.getWriter());
    }
    return writer;
  }

  private static boolean isOthers(String name) {
    return !IncomingCalls.enlistedHeader().equalsIgnoreCase(name);
  }

  private void declareLength(String name, String value) {
    if (CONTENT_LENGTH.equalsIgnoreCase(name)) {
      try {
        call.declare(Long.parseLong(value.trim()));
      } catch (NumberFormatException e) {
        // Whatever the container makes of it, the body may be complete with its first byte.
        call.declare(0);
      }
    }
  }

  private final class Stream extends ServletOutputStream {

    private final ServletOutputStream target;

    Stream(ServletOutputStream target) {
      this.target = target;
    }

    @Override
    public void write(int b) throws IOException {
      call.writing(1);
      target.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      call.writing(length);
      target.write(bytes, offset, length);
    }

    @Override
    public void write(ByteBuffer buffer) throws IOException {
      call.writing(buffer.remaining());
      target.write(buffer);
    }

    @Override
    public void flush() throws IOException {
      call.close();
      target.flush();
    }

    @Override
    public void close() throws IOException {
      call.close();
      target.close();
    }

    @Override
    public boolean isReady() {
      return target.isReady();
    }

    @Override
    public void setWriteListener(WriteListener listener) {
      target.setWriteListener(listener);
    }
  }

  /** Everything that a {@link PrintWriter} prints passes through {@code write} of its target. */
  private final class Printer extends PrintWriter {

    private final PrintWriter target;

    Printer(PrintWriter target) {
      super(
          new Writer() {
            @Override
            public void write(char[] chars, int offset, int length) {
              call.writingChars(length);
              target.write(chars, offset, length);
            }

            @Override
            public void write(String text, int offset, int length) {
              call.writingChars(length);
              target.write(text, offset, length);
            }

            @Override
            public void write(int character) {
              call.writingChars(1);
              target.write(character);
            }

            @Override
            public void flush() {
              call.close();
              target.flush();
            }

            @Override
            public void close() {
              call.close();
              target.close();
            }
          });
      this.target = target;
    }

    @Override
    public boolean checkError() {
      call.close();
      return target.checkError();
    }
  }
}
