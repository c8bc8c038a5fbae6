package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcc.door.GlobalTransactionTemplate;
import io.tcc.transport.http.RestClientInstrumentation;
import io.tcc.transport.http.WebClientInstrumentation;
import jakarta.servlet.Servlet;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.ApplicationContext;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** Applications without one of the libraries that the starter can do without. */
class AbsentLibrariesTest {

  private static void works(ApplicationContext context) {
    assertThat(context.getBean(GlobalTransactionTemplate.class).execute(() -> "done"))
        .isEqualTo("done");
  }

  @Test
  void withoutWebClientItWorksAndRestClientsCarryTheTransaction() {
    Applications.web()
        .withClassLoader(new FilteredClassLoader(WebClient.class))
        .run(
            context -> {
              works(context);
              assertThat(context).doesNotHaveBean(WebClientInstrumentation.class);
              assertThat(context).hasSingleBean(RestClientInstrumentation.class);
            });
  }

  @Test
  void withoutRestClientItWorksAndWebClientsCarryTheTransaction() {
    Applications.web()
        .withClassLoader(new FilteredClassLoader(RestClient.class))
        .run(
            context -> {
              works(context);
              assertThat(context).doesNotHaveBean(RestClientInstrumentation.class);
              assertThat(context).hasSingleBean(WebClientInstrumentation.class);
            });
  }

  @Test
  void withoutWebItWorksAndNobodyIsServed() {
    Applications.plain()
        .withClassLoader(
            new FilteredClassLoader(Servlet.class.getPackageName(), "org.springframework.web"))
        .run(
            context -> {
              works(context);
              assertThat(context).doesNotHaveBean("tccEndpoints").doesNotHaveBean("tccFilter");
            });
  }
}
