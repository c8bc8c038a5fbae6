package io.tcc.door;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Try;
import io.tcc.annotation.TryResult;
import io.tcc.protocol.tcc.TccParticipant;
import io.tcc.transaction.BranchId;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.ClassUtils;

/** Reads the {@link Try}, {@link Confirm} and {@link Cancel} methods of beans. */
public final class TccParticipants {

  private final BeanFactory beans;
  private final Map<MethodClassKey, TccParticipant> byTry = new ConcurrentHashMap<>();

  public TccParticipants(BeanFactory beans) {
    this.beans = beans;
  }

  TccParticipant of(Method tried, Class<?> type) {
    TccParticipant participant =
        byTry.get(new MethodClassKey(AopUtils.getMostSpecificMethod(tried, type), type));
    if (participant == null) {
      throw new IllegalStateException("No participant was read from " + tried);
    }
    return participant;
  }

  /** The participants of one bean. */
  List<TccParticipant> read(String beanName, Class<?> beanType) {
    Class<?> type = ClassUtils.getUserClass(beanType);
    Map<Method, Try> tries = annotated(type, Try.class);
    Map<Method, Confirm> confirms = annotated(type, Confirm.class);
    Map<Method, Cancel> cancels = annotated(type, Cancel.class);
    List<TccParticipant> participants = new ArrayList<>();
    tries.forEach(
        (tried, annotation) -> {
          boolean only = tries.size() == 1;
          String name =
              annotation.value().isEmpty()
                  ? only ? beanName : beanName + "." + tried.getName()
                  : annotation.value();
          TccParticipant participant =
              new TccParticipant(
                  name,
                  annotation.recording() == Recording.BEFORE,
                  arguments(tried),
                  resultType(tried, confirms.keySet(), cancels.keySet()),
                  completion(beanName, tried, only, name, confirms, Confirm::value),
                  completion(beanName, tried, only, name, cancels, Cancel::value));
          byTry.put(new MethodClassKey(tried, type), participant);
          participants.add(participant);
        });
    return participants;
  }

  private static <A extends Annotation> Map<Method, A> annotated(Class<?> type, Class<A> wanted) {
    return MethodIntrospector.selectMethods(
        type,
        (MethodIntrospector.MetadataLookup<A>)
            method -> AnnotatedElementUtils.findMergedAnnotation(method, wanted));
  }

  private static List<TccParticipant.Argument> arguments(Method tried) {
    return Arrays.stream(tried.getParameters())
        .map(p -> new TccParticipant.Argument(p.getName(), p.getParameterizedType()))
        .toList();
  }

  private static @Nullable Type resultType(
      Method tried, Iterable<Method> confirms, Iterable<Method> cancels) {
    for (Iterable<Method> methods : List.of(confirms, cancels)) {
      for (Method method : methods) {
        if (Arrays.stream(method.getParameters())
            .anyMatch(p -> p.isAnnotationPresent(TryResult.class))) {
          return tried.getGenericReturnType();
        }
      }
    }
    return null;
  }

  private <A> TccParticipant.@Nullable Completion completion(
      String beanName,
      Method tried,
      boolean only,
      String name,
      Map<Method, A> candidates,
      Function<A, String> nameOf) {
    for (Map.Entry<Method, A> each : candidates.entrySet()) {
      String wanted = nameOf.apply(each.getValue());
      if (wanted.isEmpty() ? only : wanted.equals(name) || wanted.equals(tried.getName())) {
        return new TccParticipant.Completion(
            Arrays.stream(each.getKey().getParameters())
                .map(parameter -> source(parameter, tried))
                .toList(),
            invocation(beanName, each.getKey()));
      }
    }
    return null;
  }

  private static TccParticipant.Parameter source(Parameter parameter, Method tried) {
    if (parameter.getType() == BranchId.class) {
      return new TccParticipant.Parameter.Key();
    }
    if (parameter.isAnnotationPresent(TryResult.class)) {
      return new TccParticipant.Parameter.Result(tried.getGenericReturnType());
    }
    return Arrays.stream(tried.getParameters())
        .filter(p -> p.getName().equals(parameter.getName()))
        .findFirst()
        .map(p -> new TccParticipant.Parameter.Stored(p.getName(), p.getParameterizedType()))
        .orElseThrow(
            () -> new IllegalStateException("No argument of Try for parameter " + parameter));
  }

  private TccParticipant.Invocation invocation(String beanName, Method method) {
    return arguments -> {
      Object bean = beans.getBean(beanName);
      try {
        AopUtils.selectInvocableMethod(method, bean.getClass()).invoke(bean, arguments);
      } catch (InvocationTargetException e) {
        if (e.getTargetException() instanceof Exception cause) {
          throw cause;
        }
        throw e;
      }
    };
  }
}
