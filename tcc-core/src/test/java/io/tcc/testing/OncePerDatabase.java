package io.tcc.testing;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;
import org.junit.platform.commons.support.AnnotationSupport;

/** One run of the test per kind of database; a kind that does not run here is a skipped run. */
final class OncePerDatabase implements TestTemplateInvocationContextProvider {

  @Override
  public boolean supportsTestTemplate(ExtensionContext context) {
    return true;
  }

  @Override
  public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
      ExtensionContext context) {
    boolean serversOnly =
        AnnotationSupport.isAnnotated(context.getRequiredTestMethod(), EveryDatabaseServer.class);
    return Arrays.stream(TestDatabase.values())
        .filter(kind -> kind.hasServer() || !serversOnly)
        .map(Run::new);
  }

  private record Run(TestDatabase kind) implements TestTemplateInvocationContext {

    @Override
    public String getDisplayName(int index) {
      return kind.name();
    }

    @Override
    public List<Extension> getAdditionalExtensions() {
      return List.of(new DatabaseOfTest(kind));
    }
  }
}
