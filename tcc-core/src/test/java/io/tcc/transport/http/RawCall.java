package io.tcc.transport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;

/** An HTTP request as anybody may send it. */
abstract class RawCall {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  String method = "POST";
  String url;
  String contentType = "application/json";
  byte[] body;

  /** Whether the length of the body is not announced. */
  boolean chunked;

  /** Further headers, name and value in turn. */
  final List<String> headers = new ArrayList<>();

  RawCall(String url, byte[] body) {
    this.url = url;
    this.body = body;
  }

  /** The headers that make it what it is, name and value in turn. */
  abstract List<String> ownHeaders();

  final HttpResponse<String> send() {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .method(
                method,
                chunked
                    ? HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body))
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (contentType != null) {
      request.header("Content-Type", contentType);
    }
    List<String> all = new ArrayList<>(ownHeaders());
    all.addAll(headers);
    for (int i = 0; i < all.size(); i += 2) {
      request.header(all.get(i), all.get(i + 1));
    }
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  final HttpResponse<String> sendExpecting(int status) {
    HttpResponse<String> response = send();
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    return response;
  }
}
