package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import io.tcc.transaction.BranchId;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.scheduling.annotation.Async;

/** What each annotated method must be like, whatever it belongs to. */
final class MethodRules implements Rule {

  /**
   * What a method returns before its work has been done, by name: not all are on the class path.
   */
  private static final Set<String> PROMISES =
      Set.of(
          "java.util.concurrent.Future",
          "java.util.concurrent.CompletionStage",
          "java.util.concurrent.Callable",
          "java.util.concurrent.Flow$Publisher",
          "org.reactivestreams.Publisher",
          "kotlinx.coroutines.flow.Flow",
          "org.springframework.web.context.request.async.DeferredResult",
          "org.springframework.web.context.request.async.WebAsyncTask",
          "org.springframework.web.servlet.mvc.method.annotation.ResponseBodyEmitter",
          "org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody");

  private static final String CONTINUATION = "kotlin.coroutines.Continuation";

  /** What no text can stand for. */
  private static final Set<String> LIVING =
      Set.of(
          "java.io.InputStream",
          "java.io.OutputStream",
          "java.io.Reader",
          "java.io.Writer",
          "java.lang.ClassLoader",
          "java.lang.Thread",
          "java.net.Socket",
          "java.nio.channels.Channel",
          "java.sql.Connection",
          "java.sql.ResultSet",
          "java.sql.Statement",
          "java.util.concurrent.Executor",
          "java.util.concurrent.Future",
          "java.util.concurrent.locks.Lock",
          "java.util.stream.BaseStream",
          "javax.sql.DataSource",
          "jakarta.persistence.EntityManager",
          "jakarta.servlet.ServletRequest",
          "jakarta.servlet.ServletResponse",
          "jakarta.servlet.http.HttpSession",
          "jakarta.servlet.http.Part",
          "org.reactivestreams.Publisher",
          "org.springframework.context.ApplicationContext",
          "org.springframework.core.io.InputStreamSource",
          "org.springframework.http.HttpMessage",
          "org.springframework.ui.Model",
          "org.springframework.web.context.request.RequestAttributes");

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    for (Method method : bean.methods().keySet()) {
      requireOneRole(bean, method, problems);
      requireWorkDoneOnReturn(bean, method, problems);
    }
    for (Notation notation : Notation.values()) {
      bean.methodsWith(notation.work())
          .forEach(work -> requireStorable(bean, notation, work, problems));
    }
  }

  private static void requireOneRole(AnnotatedBean bean, Method method, Problems problems) {
    // What a method of another kind returns may be told: that is no second role.
    Stream.concat(AnnotatedBeans.ENTERED.stream(), AnnotatedBeans.LISTENING.stream())
        .filter(annotation -> bean.has(method, annotation))
        .findFirst()
        .ifPresent(
            first -> {
              String others =
                  AnnotatedBeans.ANNOTATIONS.stream()
                      .filter(other -> other != first && !AnnotatedBeans.TELLING.contains(other))
                      .filter(other -> bean.has(method, other))
                      .map(other -> Declaration.annotation(other, ""))
                      .collect(Collectors.joining(" and "));
              if (!others.isEmpty()) {
                problems.add(
                    bean,
                    method,
                    "is "
                        + Declaration.annotation(first, "")
                        + " and "
                        + others
                        + " at once: a transaction, its branches and their completion are different"
                        + " calls",
                    "one of these annotations; a @GlobalTx method that calls the "
                        + work(bean, method, first)
                        + " method of another bean");
              }
            });
  }

  /** The annotation of the work that the method does, or that it should call. */
  private static String work(AnnotatedBean bean, Method method, Class<? extends Annotation> first) {
    return first == GlobalTx.class
        ? Notation.of(bean, method).orElse(Notation.TCC).at()
        : Declaration.annotation(first, "");
  }

  private static void requireWorkDoneOnReturn(
      AnnotatedBean bean, Method method, Problems problems) {
    String annotation = first(bean, method);
    Class<?> returned = ResolvableType.forType(bean.returnType(method)).toClass();
    boolean suspends =
        method.getParameterCount() > 0
            && isA(
                method.getParameterTypes()[method.getParameterCount() - 1], Set.of(CONTINUATION));
    if (suspends
        || isA(returned, PROMISES)
        || ReactiveAdapterRegistry.getSharedInstance().getAdapter(returned) != null) {
      problems.add(
          bean,
          method,
          "is a "
              + annotation
              + (suspends ? " that suspends" : " that returns a " + Declaration.type(returned))
              + ": it would be taken for done while its work still runs",
          annotation
              + "\n"
              + Declaration.signature(method)
              + "   // waits for the work, and returns its result");
    } else if (!bean.has(method, GlobalTx.class) && isAsync(bean, method)) {
      problems.add(
          bean,
          method,
          "is a "
              + annotation
              + " and @Async: its work would run on another thread, outside the local transaction of"
              + (Notation.of(bean, method).isEmpty() ? " its message" : " its branch"),
          annotation
              + "   // without @Async; a @GlobalTx method may be @Async\n"
              + Declaration.of(method));
    }
  }

  private static String first(AnnotatedBean bean, Method method) {
    return AnnotatedBeans.ANNOTATIONS.stream()
        .filter(annotation -> bean.has(method, annotation))
        .findFirst()
        .map(annotation -> Declaration.annotation(annotation, ""))
        .orElse("");
  }

  private static boolean isAsync(AnnotatedBean bean, Method method) {
    return AnnotatedElementUtils.hasAnnotation(method, Async.class)
        || AnnotatedElementUtils.hasAnnotation(bean.type(), Async.class);
  }

  private static void requireStorable(
      AnnotatedBean bean, Notation notation, Method work, Problems problems) {
    for (int i = 0; i < work.getParameterCount(); i++) {
      Class<?> type = ResolvableType.forType(bean.parameterType(work, i)).toClass();
      if (type == BranchId.class) {
        problems.add(
            bean,
            work,
            "is a "
                + notation.at()
                + " with an argument of type BranchId, which only "
                + notation.completingsInWords()
                + " are given: it names the branch that this call is going to make",
            "an id of your own as an argument, such as String paymentId");
      } else if (isA(type, LIVING) || type.isAnnotationPresent(FunctionalInterface.class)) {
        problems.add(
            bean,
            work,
            "is a "
                + notation.at()
                + " with an argument of type "
                + Declaration.type(type)
                + ", which cannot be stored for "
                + notation.completingsInWords(),
            "an argument of a record, a value type of the JDK, or an id");
      }
    }
  }

  private static boolean isA(Class<?> type, Set<String> names) {
    return Hierarchy.of(type).stream().anyMatch(each -> names.contains(each.getName()));
  }
}
