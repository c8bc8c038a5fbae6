package io.tcc.door;

import static java.util.stream.Collectors.joining;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.regex.Pattern;

/** Methods as people write them. */
final class Declaration {

  private static final Pattern PACKAGES = Pattern.compile("\\b(?:[a-z_][A-Za-z0-9_]*\\.)+");

  private Declaration() {}

  /** {@code reserve(String, long)}. */
  static String signature(Method method) {
    return Arrays.stream(method.getGenericParameterTypes())
        .map(Declaration::type)
        .collect(joining(", ", method.getName() + "(", ")"));
  }

  /** {@code public void reserve(String item, long amount)}. */
  static String of(Method method) {
    int access = method.getModifiers() & (Modifier.PUBLIC | Modifier.PROTECTED | Modifier.PRIVATE);
    return as(Modifier.toString(access), method);
  }

  /** The method's declaration with other modifiers. */
  static String as(String modifiers, Method method) {
    return (modifiers.isEmpty() ? "" : modifiers + " ")
        + type(method.getGenericReturnType())
        + " "
        + method.getName()
        + parameters(method);
  }

  /** The declaration of a completing method that takes all that the work takes. */
  static String completion(Method work, String name) {
    return "public void " + name + parameters(work);
  }

  private static String parameters(Method method) {
    return Arrays.stream(method.getParameters())
        .map(each -> type(each.getParameterizedType()) + " " + each.getName())
        .collect(joining(", ", "(", ")"));
  }

  /** {@code @Confirm} or {@code @Confirm("reserve")}. */
  static String annotation(Class<? extends Annotation> annotation, String value) {
    return "@" + annotation.getSimpleName() + (value.isEmpty() ? "" : "(\"" + value + "\")");
  }

  /** A type without its packages. */
  static String type(Type type) {
    return PACKAGES.matcher(type.getTypeName()).replaceAll("").replace('$', '.');
  }
}
