package io.tcc.transport.http;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcc.context.FrameTasks;
import io.tcc.context.TransactionContext;
import io.tcc.transaction.Enlisted;
import io.tcc.transaction.Site;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import io.tcc.transport.IncomingCalls;
import io.tcc.transport.SignedCalls;
import io.tcc.transport.TransportLimits;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.task.TaskDecorator;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

/** Whatever a handler does with the response, the caller learns what the call has enlisted. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResponsesTest {

  private static final Site INITIATOR = new Site("order", "0a0b");

  private final RunningServices services = new RunningServices("inventory", "order");
  private final HttpClient client = HttpClient.newHttpClient();
  private RunningService inventory;

  @BeforeAll
  void start() {
    inventory =
        services.start(
            "inventory",
            settings ->
                settings
                    .withLimits(
                        new TransportLimits(
                            Duration.ofSeconds(30), Duration.ofMinutes(2), 256, 65536))
                    .withProperty("spring.mvc.async.request-timeout", "300ms"),
            Inventory.class);
  }

  @AfterAll
  void stop() {
    services.close();
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAsync
  static class Inventory {
    @Bean
    Shop shop(JdbcTemplate jdbc) {
      return new Shop(jdbc);
    }

    @Bean
    Gates gates() {
      return new Gates();
    }

    @Bean
    Background background(Shop shop) {
      return new Background(shop);
    }

    @Bean
    TaskDecorator taskDecorator(FrameTasks tasks) {
      return tasks::wrap;
    }

    @Bean
    Handlers handlers(Shop shop, Gates gates, Background background, FrameTasks tasks) {
      return new Handlers(shop, gates, background, tasks);
    }

    /** Outside of the library's filter: lets the work go on when that one has returned. */
    @Bean
    FilterRegistrationBean<Filter> afterTheFilter(Gates gates) {
      FilterRegistrationBean<Filter> registration =
          new FilterRegistrationBean<>(
              (request, response, chain) -> {
                chain.doFilter(request, response);
                gates.open("raw-async");
              });
      registration.addUrlPatterns("/raw-async");
      registration.setAsyncSupported(true);
      registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
      return registration;
    }

    @Bean
    ServletRegistrationBean<HttpServlet> asyncServlet(Shop shop, FrameTasks tasks, Gates gates) {
      ServletRegistrationBean<HttpServlet> registration =
          new ServletRegistrationBean<>(new AsyncServlet(shop, tasks, gates), "/raw-async");
      registration.setAsyncSupported(true);
      return registration;
    }
  }

  public static class Background {
    private final Shop shop;

    Background(Shop shop) {
      this.shop = shop;
    }

    @Async
    public CompletableFuture<String> reserve(String item) {
      shop.reserve(item, 1);
      return CompletableFuture.completedFuture("reserved");
    }
  }

  /** Works on a thread of its own, and answers with the container's own request and response. */
  static final class AsyncServlet extends HttpServlet {
    private final Shop shop;
    private final FrameTasks tasks;
    private final Gates gates;

    AsyncServlet(Shop shop, FrameTasks tasks, Gates gates) {
      this.shop = shop;
      this.tasks = tasks;
      this.gates = gates;
    }

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) {
      AsyncContext async = request.startAsync();
      String item = request.getParameter("item");
      ExecutorService executor = Executors.newSingleThreadExecutor();
      tasks
          .wrap(executor)
          .execute(
              () -> {
                gates.pass("raw-async");
                shop.reserve(item, 1);
                async.complete();
              });
      executor.shutdown();
    }
  }

  @ResponseStatus(HttpStatus.CONFLICT)
  static class SoldOutException extends RuntimeException {}

  @Controller
  static class Handlers {
    private final Shop shop;
    private final Gates gates;
    private final Background background;
    private final FrameTasks tasks;

    Handlers(Shop shop, Gates gates, Background background, FrameTasks tasks) {
      this.shop = shop;
      this.gates = gates;
      this.background = background;
      this.tasks = tasks;
    }

    @PostMapping("/string")
    @ResponseBody
    String string(@RequestParam String item) {
      shop.reserve(item, 1);
      return "reserved";
    }

    @PostMapping("/long")
    @ResponseBody
    String longString(@RequestParam String item) {
      shop.reserve(item, 1);
      return "x".repeat(100_000);
    }

    @PostMapping("/nothing")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void nothing(@RequestParam String item) {
      shop.reserve(item, 1);
    }

    @PostMapping("/stream")
    void stream(@RequestParam String item, HttpServletResponse response) throws IOException {
      shop.reserve(item, 1);
      response.getOutputStream().write("raw".getBytes(StandardCharsets.UTF_8));
      response.getOutputStream().close();
    }

    @PostMapping("/writer")
    void writer(@RequestParam String item, HttpServletResponse response) throws IOException {
      response.getWriter().print("a little before, ");
      shop.reserve(item, 1);
      response.getWriter().println("a little after");
      response.getWriter().flush();
    }

    @PostMapping("/redirect")
    String redirect(@RequestParam String item) {
      shop.reserve(item, 1);
      return "redirect:/elsewhere";
    }

    @PostMapping("/send-redirect")
    void sendRedirect(@RequestParam String item, HttpServletResponse response) throws IOException {
      shop.reserve(item, 1);
      response.sendRedirect("/elsewhere");
    }

    @PostMapping("/send-error")
    void sendError(@RequestParam String item, HttpServletResponse response) throws IOException {
      shop.reserve(item, 1);
      response.sendError(409, "sold out");
    }

    @PostMapping("/exception")
    void exception(@RequestParam String item) {
      shop.reserve(item, 1);
      throw new IllegalStateException("afterwards");
    }

    @PostMapping("/status-exception")
    void statusException(@RequestParam String item) {
      shop.reserve(item, 1);
      throw new SoldOutException();
    }

    @PostMapping("/reset")
    void reset(@RequestParam String item, HttpServletResponse response) throws IOException {
      shop.reserve(item, 1);
      response.getWriter().print("forget this");
      response.reset();
      response.setStatus(202);
      response.getOutputStream().print("again");
    }

    @PostMapping("/overwritten")
    ResponseEntity<String> overwritten(@RequestParam String item, HttpServletResponse response) {
      shop.reserve(item, 1);
      response.setHeader("Tcc-Enlisted", "none");
      response.addHeader("tcc-enlisted", "none");
      return ResponseEntity.ok().header("Tcc-Enlisted", "none").body("passed on");
    }

    @PostMapping("/streaming")
    StreamingResponseBody streaming(@RequestParam String item) {
      shop.reserve(item, 1);
      return out -> {
        for (int i = 0; i < 10; i++) {
          out.write(new byte[2000]);
          out.flush();
        }
      };
    }

    @PostMapping("/emitter")
    ResponseBodyEmitter emitter(@RequestParam String item) throws IOException {
      shop.reserve(item, 1);
      ResponseBodyEmitter emitter = new ResponseBodyEmitter();
      emitter.send("one");
      emitter.complete();
      return emitter;
    }

    @PostMapping("/callable")
    Callable<ResponseEntity<String>> callable(@RequestParam String item) {
      return () -> {
        shop.reserve(item, 1);
        return ResponseEntity.ok("reserved");
      };
    }

    @PostMapping("/deferred")
    DeferredResult<ResponseEntity<String>> deferred(@RequestParam String item) {
      DeferredResult<ResponseEntity<String>> result = new DeferredResult<>();
      ExecutorService executor = Executors.newSingleThreadExecutor();
      tasks
          .wrap(executor)
          .execute(
              () -> {
                shop.reserve(item, 1);
                result.setResult(ResponseEntity.ok("reserved"));
              });
      executor.shutdown();
      return result;
    }

    @PostMapping("/never")
    DeferredResult<String> never(@RequestParam String item) {
      shop.reserve(item, 1);
      return new DeferredResult<>();
    }

    @PostMapping("/async")
    CompletableFuture<ResponseEntity<String>> async(@RequestParam String item) {
      return background.reserve(item).thenApply(ResponseEntity::ok);
    }

    @PostMapping("/in-flight")
    @ResponseBody
    String inFlight(@RequestParam String item) {
      ExecutorService executor = Executors.newSingleThreadExecutor();
      tasks
          .wrap(executor)
          .execute(
              () -> {
                gates.pass("in flight");
                assertThatThrownBy(() -> shop.reserve(item, 1))
                    .isInstanceOf(WorkRefusedException.class);
                gates.open("in flight end");
              });
      executor.shutdown();
      gates.awaitArrival("in flight");
      return "not waited for";
    }

    @PostMapping("/peek")
    @ResponseBody
    String peek() {
      return "looked at";
    }

    @PostMapping("/nobody")
    @ResponseBody
    String nobody() {
      throw new IllegalStateException("before anything was done");
    }

    @PostMapping("/too-late/{how}")
    void tooLate(@PathVariable String how, @RequestParam String item, HttpServletResponse response)
        throws IOException {
      switch (how) {
        case "flush" -> response.flushBuffer();
        case "flush-stream" -> response.getOutputStream().flush();
        case "flush-writer" -> response.getWriter().flush();
        case "check-error" -> response.getWriter().checkError();
        case "full" -> response.getOutputStream().write(new byte[10_000]);
        case "full-bit-by-bit" -> {
          for (int i = 0; i < 10_000; i++) {
            response.getOutputStream().write(i);
          }
        }
        case "full-writer" -> response.getWriter().write("x".repeat(10_000));
        case "complete" -> {
          response.setContentLength(2);
          response.getOutputStream().print("ok");
        }
        case "complete-by-header" -> {
          response.setHeader("Content-Length", "2");
          response.getWriter().print("ok");
        }
        case "error" -> response.sendError(404);
        case "redirect" -> response.sendRedirect("/elsewhere");
        case "close" -> response.getOutputStream().close();
        default -> throw new IllegalArgumentException(how);
      }
      try {
        shop.reserve(item, 1);
      } catch (WorkRefusedException e) {
        gates.open("refused " + how);
      }
    }
  }

  private HttpResponse<String> post(String path, Xid xid, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(inventory.url() + path))
            .POST(HttpRequest.BodyPublishers.noBody())
            .header(
                "Tcc-Context",
                SignedCalls.header(
                    SignedCalls.context(xid, "1", INITIATOR),
                    Instant.now(),
                    Site.ofUnknownLog("inventory"),
                    RunningService.SECRET));
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static Optional<String> enlisted(HttpResponse<?> response) {
    assertThat(response.headers().allValues("Tcc-Enlisted")).hasSizeLessThan(2);
    return response.headers().firstValue("Tcc-Enlisted");
  }

  private String branchHere() {
    return inventory.instance().site() + "=1";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "string",
        "long",
        "nothing",
        "stream",
        "writer",
        "redirect",
        "send-redirect",
        "send-error",
        "exception",
        "status-exception",
        "reset",
        "overwritten",
        "streaming",
        "emitter",
        "callable",
        "deferred",
        "never",
        "async"
      })
  void theCallerLearnsOfTheBranch(String how) throws Exception {
    HttpResponse<String> response = post("/" + how + "?item=" + how, SignedCalls.xid());
    assertThat(enlisted(response)).contains(branchHere());
    assertThat(inventory.bean(Shop.class).history(how)).isEqualTo("r");
    assertThat(inventory.bean(TransactionContext.class).current()).isEmpty();
  }

  @Test
  void statusAndBodyAreTheHandlers() throws Exception {
    assertThat(post("/long?item=body", SignedCalls.xid()).body()).hasSize(100_000);
    assertThat(post("/writer?item=body", SignedCalls.xid()).body())
        .isEqualTo("a little before, a little after" + System.lineSeparator());
    assertThat(post("/streaming?item=body", SignedCalls.xid()).body()).hasSize(20_000);
    assertThat(post("/reset?item=body", SignedCalls.xid()).statusCode()).isEqualTo(202);
    assertThat(post("/reset?item=body", SignedCalls.xid()).body()).isEqualTo("again");
    assertThat(post("/redirect?item=body", SignedCalls.xid()).statusCode()).isEqualTo(302);
    assertThat(post("/send-error?item=body", SignedCalls.xid()).statusCode()).isEqualTo(409);
    assertThat(post("/exception?item=body", SignedCalls.xid()).statusCode()).isEqualTo(500);
    assertThat(post("/never?item=body", SignedCalls.xid()).statusCode()).isEqualTo(503);
  }

  @ParameterizedTest
  @ValueSource(strings = {"peek", "nobody", "not-found"})
  void aCallThatLeavesNothingSaysSo(String how) throws Exception {
    assertThat(enlisted(post("/" + how, SignedCalls.xid()))).contains("none");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flush",
        "flush-stream",
        "flush-writer",
        "check-error",
        "full",
        "full-bit-by-bit",
        "full-writer",
        "complete",
        "complete-by-header",
        "error",
        "redirect",
        "close"
      })
  void aTryAfterTheResponseIsRefused(String how) throws Exception {
    HttpResponse<String> response =
        post("/too-late/" + how + "?item=late-" + how, SignedCalls.xid());
    assertThat(enlisted(response)).contains("none");
    Gates gates = inventory.bean(Gates.class);
    gates.pass("refused " + how);
    assertThat(inventory.bean(Shop.class).history("late-" + how)).isEmpty();
  }

  @Test
  void workUnderWayAtTheResponseIsUnknown() throws Exception {
    HttpResponse<String> response = post("/in-flight?item=flying", SignedCalls.xid());
    assertThat(enlisted(response)).contains("unknown");
    inventory.bean(Gates.class).open("in flight");
    inventory.bean(Gates.class).pass("in flight end");
    assertThat(inventory.bean(Shop.class).history("flying")).isEmpty();
  }

  @Test
  void aResponseThatTheContainerEndsByItselfSaysUnknown() throws Exception {
    HttpResponse<String> response = post("/raw-async?item=raw", SignedCalls.xid());
    assertThat(enlisted(response)).contains("unknown");
  }

  @Test
  void whatIsTooLongForAHeaderIsUnknown() throws Exception {
    // The limit of this service is 256 characters.
    assertThat(
            inventory
                .bean(IncomingCalls.class)
                .enlistedText(
                    Enlisted.parse(
                        "a@1f="
                            + IntStream.range(1, 100)
                                .mapToObj(Integer::toString)
                                .collect(joining(",")))))
        .isEqualTo("unknown");
  }

  @Test
  void theSecondExecutionOfACallIsRefusedAndUnknown() throws Exception {
    Xid xid = SignedCalls.xid();
    assertThat(enlisted(post("/string?item=twice", xid))).contains(branchHere());
    HttpResponse<String> again = post("/string?item=twice", xid);
    assertThat(again.statusCode()).isEqualTo(500);
    assertThat(enlisted(again)).contains("unknown");
    assertThat(inventory.bean(Shop.class).history("twice")).isEqualTo("r");
  }

  @Test
  void aSecondExecutionThatDoesNothingIsUnknownToo() throws Exception {
    Xid xid = SignedCalls.xid();
    post("/string?item=redirected", xid);
    assertThat(enlisted(post("/peek", xid))).contains("unknown");
  }

  @Test
  void aRepetitionOfACallThatDidNothingIsFree() throws Exception {
    Xid xid = SignedCalls.xid();
    assertThat(enlisted(post("/nobody", xid))).contains("none");
    assertThat(enlisted(post("/string?item=retried", xid))).contains(branchHere());
  }

  @Test
  void aResponseToAnOrdinaryCallSaysNothing() throws Exception {
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(URI.create(inventory.url() + "/peek"))
                .POST(HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(enlisted(response)).isEmpty();
  }
}
