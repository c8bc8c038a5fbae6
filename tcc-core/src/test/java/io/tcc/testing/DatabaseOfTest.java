package io.tcc.testing;

import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** Gives a test its database, or skips it where the kind does not run. */
final class DatabaseOfTest implements ExecutionCondition, ParameterResolver {

  private static final Namespace NAMESPACE = Namespace.create(DatabaseOfTest.class);

  private final Function<ExtensionContext, TestDatabase> kind;

  /** The kind is the one that {@link OnDatabase} names. */
  DatabaseOfTest() {
    this(DatabaseOfTest::annotated);
  }

  DatabaseOfTest(TestDatabase kind) {
    this(context -> kind);
  }

  private DatabaseOfTest(Function<ExtensionContext, TestDatabase> kind) {
    this.kind = kind;
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return kind.apply(context)
        .reasonToSkip()
        .map(ConditionEvaluationResult::disabled)
        .orElseGet(() -> ConditionEvaluationResult.enabled("runs here"));
  }

  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == TestDatabase.class || type == Database.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    TestDatabase wanted = kind.apply(context);
    if (parameter.getParameter().getType() == TestDatabase.class) {
      return wanted;
    }
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(Database.class, key -> wanted.create(), Database.class);
  }

  private static TestDatabase annotated(ExtensionContext context) {
    Optional<ExtensionContext> place = Optional.of(context);
    while (place.isPresent()) {
      Optional<OnDatabase> annotation =
          AnnotationSupport.findAnnotation(place.get().getTestClass(), OnDatabase.class);
      if (annotation.isPresent()) {
        return annotation.get().value();
      }
      place = place.get().getParent();
    }
    throw new IllegalStateException("no @OnDatabase at " + context.getDisplayName());
  }
}
