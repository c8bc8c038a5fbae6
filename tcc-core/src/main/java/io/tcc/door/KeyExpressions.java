package io.tcc.door;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.expression.Expression;
import org.springframework.expression.spel.SpelNode;
import org.springframework.expression.spel.ast.PropertyOrFieldReference;
import org.springframework.expression.spel.ast.VariableReference;
import org.springframework.expression.spel.standard.SpelExpression;

/**
 * Spring expressions over what a method gets and returns. Spring takes a variable that is not there
 * for null, and notices a property that is not there at the first call; here both are noticed
 * before, as far as the types tell.
 */
final class KeyExpressions {

  private static final String RESULT = "result";

  private final Map<String, Class<?>> variables = new LinkedHashMap<>();

  /** Over the arguments and the result of a method. */
  KeyExpressions(AnnotatedBean bean, Method method) {
    @Nullable String[] names = new DefaultParameterNameDiscoverer().getParameterNames(method);
    for (int i = 0; i < method.getParameterCount(); i++) {
      Class<?> type = ResolvableType.forType(bean.parameterType(method, i)).toClass();
      if (names != null) {
        variables.put(String.valueOf(names[i]), type);
      }
      variables.put("p" + i, type);
      variables.put("a" + i, type);
    }
    variables.put(RESULT, ResolvableType.forType(bean.returnType(method)).toClass());
  }

  /** What an expression asks for and is not there. */
  Optional<String> missing(@Nullable Expression expression) {
    return expression instanceof SpelExpression parsed
        ? missing(parsed.getAST())
        : Optional.empty();
  }

  private Optional<String> missing(SpelNode node) {
    if (node instanceof VariableReference && !isThere(name(node))) {
      return Optional.of(node.toStringAST());
    }
    for (int i = 0; i < node.getChildCount(); i++) {
      SpelNode child = node.getChild(i);
      if (i > 0
          && child instanceof PropertyOrFieldReference property
          && node.getChild(i - 1) instanceof VariableReference variable
          && isMissing(variables.get(name(variable)), property.getName())) {
        return Optional.of(variable.toStringAST() + "." + property.getName());
      }
      Optional<String> missing = missing(child);
      if (missing.isPresent()) {
        return missing;
      }
    }
    return Optional.empty();
  }

  private boolean isThere(String variable) {
    return variables.containsKey(variable) || variable.equals("root") || variable.equals("this");
  }

  private static String name(SpelNode variable) {
    return variable.toStringAST().substring(1);
  }

  private static boolean isMissing(@Nullable Class<?> type, String property) {
    if (type == null || !isKnown(type)) {
      return false;
    }
    return Stream.concat(
            Arrays.stream(type.getMethods())
                .filter(each -> each.getParameterCount() == 0)
                .map(Method::getName),
            Arrays.stream(type.getFields()).map(Field::getName))
        .noneMatch(
            each ->
                Stream.of("", "get", "is").anyMatch(of -> each.equalsIgnoreCase(of + property)));
  }

  /**
   * Others may have subclasses with more properties; of the JDK's own, Spring looks into an
   * Optional.
   */
  private static boolean isKnown(Class<?> type) {
    return Modifier.isFinal(type.getModifiers())
        && !type.isArray()
        && !type.isPrimitive()
        && !type.getName().startsWith("java.");
  }
}
