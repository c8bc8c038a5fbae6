package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import io.tcc.transaction.GlobalTransactionAbortedException;
import io.tcc.transaction.GlobalTransactionInDoubtException;
import io.tcc.transaction.GlobalTransactionTimeoutException;
import io.tcc.transaction.TransactionUsageException;
import io.tcc.transaction.WorkRefusedException;
import io.tcc.transaction.Xid;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** What a client is told. */
@ExtendWith(OutputCaptureExtension.class)
class GlobalTransactionProblemsTest {

  private static final Xid XID = new Xid("a".repeat(32));
  private static final Throwable CAUSE = new IOException("a password");

  @RestController
  static class Failing {
    private final Exception failure;

    Failing(Exception failure) {
      this.failure = failure;
    }

    @GetMapping("/")
    String fail() throws Exception {
      throw failure;
    }
  }

  private static MockMvc failingWith(Exception failure) {
    return MockMvcBuilders.standaloneSetup(new Failing(failure))
        .setControllerAdvice(new GlobalTransactionProblems())
        .build();
  }

  static Stream<Arguments> problems() {
    return Stream.of(
        Arguments.of(new GlobalTransactionAbortedException(XID, "secret", CAUSE), 409, "aborted"),
        Arguments.of(new GlobalTransactionTimeoutException(XID, "secret", CAUSE), 504, "timed-out"),
        Arguments.of(new WorkRefusedException(XID, "secret", CAUSE), 409, "refused"),
        Arguments.of(
            new GlobalTransactionInDoubtException(XID, "secret", CAUSE),
            500,
            "in-doubt-do-not-repeat"),
        Arguments.of(new TransactionUsageException(XID, "secret", CAUSE), 500, "misuse"));
  }

  @ParameterizedTest
  @MethodSource("problems")
  void theClientLearnsTheXidAndWhetherToRepeatAndNothingElse(
      Exception failure, int status, String type) throws Exception {
    String body =
        failingWith(failure)
            .perform(get("/"))
            .andExpect(status().is(status))
            .andExpect(content().contentType(MediaType.APPLICATION_PROBLEM_JSON))
            .andExpect(jsonPath("$.type").value("urn:tcc:problem:" + type))
            .andExpect(jsonPath("$.xid").value(XID.value()))
            .andReturn()
            .getResponse()
            .getContentAsString();

    assertThat(body).doesNotContain("secret", "password");
  }

  @Test
  void anExceptionOfTheApplicationIsNoneOfItsBusiness(CapturedOutput output) {
    IllegalStateException own = new IllegalStateException("sold out");

    assertThatThrownBy(() -> failingWith(own).perform(get("/"))).hasCause(own);

    assertThat(output).doesNotContain("GlobalTransactionProblems");
  }

  @Test
  void norIsOneThatIsMerelyCausedByAGlobalTransaction(CapturedOutput output) {
    IllegalStateException own =
        new IllegalStateException(
            "try later", new GlobalTransactionAbortedException(XID, "secret", CAUSE));

    assertThatThrownBy(() -> failingWith(own).perform(get("/"))).hasCause(own);

    assertThat(output).doesNotContain("GlobalTransactionProblems");
  }
}
