package io.tcc.door;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/**
 * A bean with methods that carry annotations of this library, be it on its class, a superclass or
 * an interface.
 *
 * @param name for people, and for participants without a name of their own
 * @param reference what the bean factory knows it by
 * @param type its class, without any proxy
 * @param instance what others call; null if there is none yet, or more than one
 * @param methods the annotated methods of the class, and which annotations each carries
 */
record AnnotatedBean(
    String name,
    String reference,
    Class<?> type,
    @Nullable Object instance,
    Map<Method, Set<Class<? extends Annotation>>> methods) {

  /** The methods that carry an annotation. */
  List<Method> methodsWith(Class<? extends Annotation> annotation) {
    return methods.entrySet().stream()
        .filter(e -> e.getValue().contains(annotation))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Whether one of the methods carries an annotation. */
  boolean has(Method method, Class<? extends Annotation> annotation) {
    return methods.getOrDefault(method, Set.of()).contains(annotation);
  }

  /** Whether calls of one of the methods begin a transaction or a branch, or are told of. */
  boolean isEntered(Method method) {
    return Stream.concat(AnnotatedBeans.ENTERED.stream(), AnnotatedBeans.TELLING.stream())
        .anyMatch(each -> has(method, each));
  }

  /** A parameter's type, with the type variables of a generic superclass resolved. */
  Type parameterType(Method method, int parameter) {
    return GenericTypeResolver.resolveType(method.getGenericParameterTypes()[parameter], type);
  }

  /** What a method returns, with the type variables of a generic superclass resolved. */
  Type returnType(Method method) {
    return GenericTypeResolver.resolveType(method.getGenericReturnType(), type);
  }

  /** The class of the proxy that others call, if it has nothing but the bean's interfaces. */
  Optional<Class<?>> proxyOfInterfaces() {
    return Optional.<Class<?>>ofNullable(instance == null ? null : instance.getClass())
        .filter(Proxy::isProxyClass);
  }

  /**
   * The method by which a proxy of a class is asked for one of that class's methods.
   *
   * @return none if the proxy knows only interfaces, and none of them has the method
   */
  static Optional<Method> callable(Method method, Class<?> type, Class<?> proxy) {
    if (method.getDeclaringClass().isAssignableFrom(proxy)) {
      return Optional.of(method);
    }
    for (Class<?> each : ClassUtils.getAllInterfacesForClass(proxy)) {
      for (Method candidate : each.getMethods()) {
        if (candidate.getName().equals(method.getName())
            && specific(candidate, type).equals(method)) {
          return Optional.of(candidate);
        }
      }
    }
    return Optional.empty();
  }

  /** The method of a class that is run when a method of it, or of a supertype, is called. */
  static Method specific(Method method, Class<?> type) {
    // What a JDK proxy generates knows no annotations and no parameter names.
    return Proxy.isProxyClass(type) ? method : AopUtils.getMostSpecificMethod(method, type);
  }

  /** An annotation of a method, or of the one that it overrides or implements. */
  static <A extends Annotation> A annotation(Method method, Class<A> annotation) {
    A found = AnnotatedElementUtils.findMergedAnnotation(method, annotation);
    if (found == null) {
      throw new IllegalStateException("No @" + annotation.getSimpleName() + " on " + method);
    }
    return found;
  }
}
