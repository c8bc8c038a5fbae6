package io.tcc.door;

import io.tcc.annotation.Cancel;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Try;
import io.tcc.annotation.TryResult;
import io.tcc.participant.MethodParticipant;
import io.tcc.transaction.BranchId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.AnnotatedMethod;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * Reads the TCC participants of a bean: which {@link Confirm} and which {@link Cancel} belong to
 * which {@link Try}, and from where their parameters get their values.
 */
final class TccReader {

  /** Longest name, in characters: the width of its column. */
  private static final int MAX_NAME = 200;

  private static final String COMPILE_WITH_PARAMETERS =
      """
      <maven.compiler.parameters>true</maven.compiler.parameters>      <!-- Maven -->
      tasks.withType(JavaCompile) { options.compilerArgs << '-parameters' }   // Gradle""";

  private final BeanFactory beans;
  private final ParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();

  TccReader(BeanFactory beans) {
    this.beans = beans;
  }

  /** A Confirm or Cancel method, and how it is to be called. */
  private record Step(Method method, MethodParticipant.Completion completion) {}

  /** The participants of one bean; mistakes are noted, and their participants left out. */
  List<TccMethods> read(AnnotatedBean bean, Problems problems) {
    List<Method> tries = bean.methodsWith(Try.class);
    Map<Method, String> named = new LinkedHashMap<>();
    tries.forEach(tried -> named.put(tried, name(bean, tried, tries.size() == 1, problems)));
    TccPairs pairs = TccPairs.of(bean, named, problems);
    List<TccMethods> participants = new ArrayList<>();
    for (Method tried : tries) {
      @Nullable String[] arguments = names.getParameterNames(tried);
      if (arguments == null) {
        compiledWithoutNames(bean, tried, problems);
      } else {
        participant(bean, tried, named.getOrDefault(tried, ""), arguments, pairs, problems)
            .ifPresent(participants::add);
      }
    }
    return participants;
  }

  private static String name(AnnotatedBean bean, Method tried, boolean only, Problems problems) {
    String given = AnnotatedBean.annotation(tried, Try.class).value();
    String name =
        !given.isEmpty() ? given : only ? bean.name() : bean.name() + "." + tried.getName();
    if (name.isBlank() || name.length() > MAX_NAME) {
      problems.add(
          bean,
          tried,
          "is a participant with a name of "
              + name.strip().length()
              + " characters; it has 1 to "
              + MAX_NAME
              + ", because it is stored",
          Declaration.annotation(Try.class, "short-name") + "\n" + Declaration.of(tried));
    }
    return name;
  }

  private static void compiledWithoutNames(AnnotatedBean bean, Method method, Problems problems) {
    problems.add(
        bean,
        method,
        "was compiled without -parameters: the names of its parameters, by which arguments are"
            + " stored and found again, are lost",
        COMPILE_WITH_PARAMETERS);
  }

  private Optional<TccMethods> participant(
      AnnotatedBean bean,
      Method tried,
      String name,
      @Nullable String[] arguments,
      TccPairs pairs,
      Problems problems) {
    Map<String, Type> stored = new LinkedHashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      stored.put(String.valueOf(arguments[i]), bean.parameterType(tried, i));
    }
    Optional<Method> confirm = pairs.confirm(tried);
    Optional<Method> cancel = pairs.cancel(tried);
    Optional<Step> toConfirm =
        confirm.flatMap(method -> step(bean, tried, stored, method, problems));
    Optional<Step> toCancel = cancel.flatMap(method -> step(bean, tried, stored, method, problems));
    if (toConfirm.isPresent() != confirm.isPresent()
        || toCancel.isPresent() != cancel.isPresent()) {
      return Optional.empty();
    }
    List<Step> steps = Stream.concat(toConfirm.stream(), toCancel.stream()).toList();
    boolean resultWanted =
        steps.stream()
            .flatMap(step -> step.completion().parameters().stream())
            .anyMatch(MethodParticipant.Parameter.Result.class::isInstance);
    return Optional.of(
        new TccMethods(
            bean,
            tried,
            new MethodParticipant(
                name,
                AnnotatedBean.annotation(tried, Try.class).recording() == Recording.BEFORE,
                stored.entrySet().stream()
                    .map(e -> new MethodParticipant.Argument(e.getKey(), e.getValue()))
                    .toList(),
                resultWanted ? bean.returnType(tried) : null,
                completions(toConfirm, toCancel)),
            steps.stream().map(Step::method).toList()));
  }

  private static Map<MethodParticipant.Step, MethodParticipant.Completion> completions(
      Optional<Step> confirm, Optional<Step> cancel) {
    Map<MethodParticipant.Step, MethodParticipant.Completion> completions =
        new EnumMap<>(MethodParticipant.Step.class);
    confirm.ifPresent(step -> completions.put(MethodParticipant.Step.COMMIT, step.completion()));
    cancel.ifPresent(step -> completions.put(MethodParticipant.Step.ABORT, step.completion()));
    return completions;
  }

  /** How a Confirm or Cancel is to be called; nothing if a parameter has no value. */
  private Optional<Step> step(
      AnnotatedBean bean,
      Method tried,
      Map<String, Type> stored,
      Method method,
      Problems problems) {
    List<Optional<MethodParticipant.Parameter>> sources =
        IntStream.range(0, method.getParameterCount())
            .mapToObj(i -> source(bean, tried, stored, method, i, problems))
            .toList();
    return sources.stream().allMatch(Optional::isPresent)
        ? Optional.of(
            new Step(
                method,
                new MethodParticipant.Completion(
                    sources.stream().flatMap(Optional::stream).toList(),
                    arguments -> invoke(bean, method, arguments))))
        : Optional.empty();
  }

  private Optional<MethodParticipant.Parameter> source(
      AnnotatedBean bean,
      Method tried,
      Map<String, Type> stored,
      Method method,
      int index,
      Problems problems) {
    Type wanted = bean.parameterType(method, index);
    if (new AnnotatedMethod(method)
        .getMethodParameters()[index].hasParameterAnnotation(TryResult.class)) {
      return result(bean, tried, method, wanted, problems);
    }
    if (wanted == BranchId.class) {
      return Optional.of(new MethodParticipant.Parameter.Key());
    }
    @Nullable String[] parameters = names.getParameterNames(method);
    if (parameters == null) {
      compiledWithoutNames(bean, method, problems);
      return Optional.empty();
    }
    String name = String.valueOf(parameters[index]);
    Type offered = stored.get(name);
    if (offered == null) {
      problems.add(
          bean,
          method,
          "has a parameter "
              + name
              + ", but "
              + Declaration.signature(tried)
              + (stored.isEmpty()
                  ? " has no arguments"
                  : " has only the arguments " + String.join(", ", stored.keySet())),
          withParametersOf(method, tried));
      return Optional.empty();
    }
    if (!accepts(wanted, offered)) {
      problems.add(
          bean,
          method,
          "has a parameter "
              + name
              + " of type "
              + Declaration.type(wanted)
              + ", but the argument "
              + name
              + " of "
              + Declaration.signature(tried)
              + " is a "
              + Declaration.type(offered),
          withParametersOf(method, tried));
      return Optional.empty();
    }
    return Optional.of(new MethodParticipant.Parameter.Stored(name, offered));
  }

  private static Optional<MethodParticipant.Parameter> result(
      AnnotatedBean bean, Method tried, Method method, Type wanted, Problems problems) {
    Type offered = bean.returnType(tried);
    if (offered == void.class) {
      problems.add(
          bean,
          method,
          "asks for a @TryResult, but " + Declaration.signature(tried) + " returns nothing",
          withParametersOf(method, tried));
      return Optional.empty();
    }
    if (!accepts(wanted, offered)) {
      problems.add(
          bean,
          method,
          "asks for a @TryResult of type "
              + Declaration.type(wanted)
              + ", but "
              + Declaration.signature(tried)
              + " returns "
              + Declaration.type(offered),
          "@TryResult " + Declaration.type(offered) + " result");
      return Optional.empty();
    }
    if (bean.has(method, Cancel.class)
        && wanted instanceof Class<?> type
        && type.isPrimitive()
        && AnnotatedBean.annotation(tried, Try.class).recording() == Recording.BEFORE) {
      problems.add(
          bean,
          method,
          "asks for a @TryResult of a primitive type, but with recording = BEFORE there is none after a"
              + " @Try that did not return",
          "@TryResult @Nullable "
              + ClassUtils.resolvePrimitiveIfNecessary(type).getSimpleName()
              + " result");
      return Optional.empty();
    }
    return Optional.of(new MethodParticipant.Parameter.Result(offered));
  }

  /** Whether every value of a type, null included, may be passed where another is declared. */
  private static boolean accepts(Type wanted, Type offered) {
    boolean mayBeNull = !(offered instanceof Class<?> type && type.isPrimitive());
    return !(wanted instanceof Class<?> type && type.isPrimitive() && mayBeNull)
        && ResolvableType.forType(wanted).isAssignableFrom(ResolvableType.forType(offered));
  }

  private static String withParametersOf(Method method, Method tried) {
    return Declaration.completion(tried, method.getName()) + "   // or fewer of these parameters";
  }

  private void invoke(AnnotatedBean bean, Method method, @Nullable Object[] arguments)
      throws Exception {
    Object instance = beans.getBean(bean.reference());
    Method callable =
        AnnotatedBean.callable(method, bean.type(), instance.getClass())
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        Declaration.signature(method)
                            + " of bean "
                            + bean.name()
                            + " "
                            + ProxyRules.NOT_ON_AN_INTERFACE));
    ReflectionUtils.makeAccessible(callable);
    try {
      callable.invoke(instance, arguments);
    } catch (InvocationTargetException e) {
      throw original(e.getTargetException());
    }
  }

  /** What the method threw. */
  private static Exception original(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    if (thrown instanceof UndeclaredThrowableException undeclared
        && undeclared.getUndeclaredThrowable() instanceof Exception checked) {
      return checked;
    }
    return (Exception) thrown;
  }
}
