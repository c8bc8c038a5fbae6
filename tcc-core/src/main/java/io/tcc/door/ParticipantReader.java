package io.tcc.door;

import io.tcc.annotation.Returned;
import io.tcc.door.Notation.Completing;
import io.tcc.participant.MethodParticipant;
import io.tcc.participant.MethodParticipant.Completion;
import io.tcc.participant.MethodParticipant.Parameter;
import io.tcc.participant.MethodParticipant.Step;
import io.tcc.transaction.BranchId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.lang.reflect.UndeclaredThrowableException;
import java.util.Arrays;
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
 * Reads the participants of a bean: which methods belong together, and from where the parameters of
 * the completing ones get their values.
 */
final class ParticipantReader {

  /** Longest name, in characters: the width of its column. */
  private static final int MAX_NAME = 200;

  private static final String COMPILE_WITH_PARAMETERS =
      """
      <maven.compiler.parameters>true</maven.compiler.parameters>      <!-- Maven -->
      tasks.withType(JavaCompile) { options.compilerArgs << '-parameters' }   // Gradle""";

  private final BeanFactory beans;
  private final ParameterNameDiscoverer names = new DefaultParameterNameDiscoverer();

  ParticipantReader(BeanFactory beans) {
    this.beans = beans;
  }

  /** The participants of one bean; mistakes are noted, and their participants left out. */
  List<ParticipantMethods> read(AnnotatedBean bean, Problems problems) {
    boolean only = Notation.works().mapToInt(work -> bean.methodsWith(work).size()).sum() == 1;
    return Arrays.stream(Notation.values())
        .flatMap(notation -> read(bean, notation, only, problems))
        .toList();
  }

  private Stream<ParticipantMethods> read(
      AnnotatedBean bean, Notation notation, boolean only, Problems problems) {
    Map<Method, String> named = new LinkedHashMap<>();
    bean.methodsWith(notation.work())
        .forEach(work -> named.put(work, name(bean, notation, work, only, problems)));
    Map<Method, Map<Completing, Method>> pairs =
        new MethodPairs(bean, notation, named, problems).pair();
    return named.keySet().stream()
        .map(work -> new Reading(bean, notation, work, problems))
        .flatMap(
            reading ->
                reading
                    .participant(
                        named.getOrDefault(reading.work, ""),
                        pairs.getOrDefault(reading.work, Map.of()))
                    .stream());
  }

  private static String name(
      AnnotatedBean bean, Notation notation, Method work, boolean only, Problems problems) {
    String given = Notation.value(work, notation.work());
    String name =
        !given.isEmpty() ? given : only ? bean.name() : bean.name() + "." + work.getName();
    if (name.isBlank() || name.length() > MAX_NAME) {
      problems.add(
          bean,
          work,
          "is a participant with a name of "
              + name.strip().length()
              + " characters; it has 1 to "
              + MAX_NAME
              + ", because it is stored",
          Declaration.annotation(notation.work(), "short-name") + "\n" + Declaration.of(work));
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

  /** One participant. */
  private final class Reading {

    private final AnnotatedBean bean;
    private final Notation notation;
    private final Method work;
    private final Problems problems;
    private final Map<String, Type> stored = new LinkedHashMap<>();

    Reading(AnnotatedBean bean, Notation notation, Method work, Problems problems) {
      this.bean = bean;
      this.notation = notation;
      this.work = work;
      this.problems = problems;
    }

    Optional<ParticipantMethods> participant(String name, Map<Completing, Method> pairs) {
      @Nullable String[] arguments = names.getParameterNames(work);
      if (arguments == null) {
        compiledWithoutNames(bean, work, problems);
        return Optional.empty();
      }
      for (int i = 0; i < arguments.length; i++) {
        stored.put(String.valueOf(arguments[i]), bean.parameterType(work, i));
      }
      Map<Step, Completion> completions = new EnumMap<>(Step.class);
      pairs.forEach(
          (completing, method) ->
              completion(completing, method)
                  .ifPresent(each -> completions.put(completing.step(), each)));
      if (completions.size() < pairs.size()) {
        return Optional.empty();
      }
      boolean resultWanted =
          completions.values().stream()
              .flatMap(each -> each.parameters().stream())
              .anyMatch(Parameter.Result.class::isInstance);
      return Optional.of(
          new ParticipantMethods(
              notation,
              bean,
              work,
              new MethodParticipant(
                  name,
                  notation.recordsBefore(work),
                  stored.entrySet().stream()
                      .map(e -> new MethodParticipant.Argument(e.getKey(), e.getValue()))
                      .toList(),
                  resultWanted ? bean.returnType(work) : null,
                  completions),
              List.copyOf(pairs.values())));
    }

    /** How a completing method is to be called; nothing if a parameter has no value. */
    private Optional<Completion> completion(Completing completing, Method method) {
      List<Optional<Parameter>> sources =
          IntStream.range(0, method.getParameterCount())
              .mapToObj(i -> source(completing, method, i))
              .toList();
      return sources.stream().allMatch(Optional::isPresent)
          ? Optional.of(
              new Completion(
                  sources.stream().flatMap(Optional::stream).toList(),
                  arguments -> invoke(bean, method, arguments)))
          : Optional.empty();
    }

    private Optional<Parameter> source(Completing completing, Method method, int index) {
      Type wanted = bean.parameterType(method, index);
      if (new AnnotatedMethod(method)
          .getMethodParameters()[index].hasParameterAnnotation(Returned.class)) {
        return result(completing, method, wanted);
      }
      if (wanted == BranchId.class) {
        return Optional.of(new Parameter.Key());
      }
      @Nullable String[] parameters = names.getParameterNames(method);
      if (parameters == null) {
        compiledWithoutNames(bean, method, problems);
        return Optional.empty();
      }
      String name = String.valueOf(parameters[index]);
      Type offered = stored.get(name);
      if (offered == null) {
        return mistake(
            method,
            "has a parameter "
                + name
                + ", but "
                + Declaration.signature(work)
                + (stored.isEmpty()
                    ? " has no arguments"
                    : " has only the arguments " + String.join(", ", stored.keySet())),
            withParametersOfWork(method));
      }
      if (!accepts(wanted, offered)) {
        return mistake(
            method,
            "has a parameter "
                + name
                + " of type "
                + Declaration.type(wanted)
                + ", but the argument "
                + name
                + " of "
                + Declaration.signature(work)
                + " is a "
                + Declaration.type(offered),
            withParametersOfWork(method));
      }
      return Optional.of(new Parameter.Stored(name, offered));
    }

    private Optional<Parameter> result(Completing completing, Method method, Type wanted) {
      Type offered = bean.returnType(work);
      if (offered == void.class) {
        return mistake(
            method,
            "asks for what was @Returned, but " + Declaration.signature(work) + " returns nothing",
            withParametersOfWork(method));
      }
      if (!accepts(wanted, offered)) {
        return mistake(
            method,
            "asks for a @Returned "
                + Declaration.type(wanted)
                + ", but "
                + Declaration.signature(work)
                + " returns "
                + Declaration.type(offered),
            "@Returned " + Declaration.type(offered) + " result");
      }
      if (completing.step() == Step.ABORT
          && wanted instanceof Class<?> type
          && type.isPrimitive()
          && notation.recordsBefore(work)) {
        return mistake(
            method,
            "asks for a @Returned value of a primitive type, but with recording = BEFORE there is none"
                + " after a "
                + notation.at()
                + " that did not return",
            "@Returned @Nullable "
                + ClassUtils.resolvePrimitiveIfNecessary(type).getSimpleName()
                + " result");
      }
      return Optional.of(new Parameter.Result(offered));
    }

    private Optional<Parameter> mistake(Method method, String mistake, String fix) {
      problems.add(bean, method, mistake, fix);
      return Optional.empty();
    }

    private String withParametersOfWork(Method method) {
      return Declaration.completion(work, method.getName()) + "   // or fewer of these parameters";
    }
  }

  /** Whether every value of a type, null included, may be passed where another is declared. */
  private static boolean accepts(Type wanted, Type offered) {
    boolean mayBeNull = !(offered instanceof Class<?> type && type.isPrimitive());
    return !(wanted instanceof Class<?> type && type.isPrimitive() && mayBeNull)
        && ResolvableType.forType(wanted).isAssignableFrom(ResolvableType.forType(offered));
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
