package io.tcc.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Clock;
import java.time.temporal.TemporalAccessor;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.Timer;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/**
 * What holds between the rooms. Each rule is a function of the root package, so that the very same
 * rule can be run on {@code io.tcc} and on a small tree in which a violation was planted.
 */
enum ArchitectureRule {
  CLASSES_LIVE_IN_THE_ROOMS_OF_THE_TABLE("rooms") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return Room.of(origin.getPackageName(), root).isPresent() || isPackageInfo(origin)
          ? Stream.empty()
          : Stream.of(origin.getName() + " lives in no room of the table");
    }
  },

  ROOMS_REACH_ONLY_WHAT_THE_TABLE_ALLOWS("reach") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return dependencies(origin)
          .filter(dependency -> !mayReach(origin, target(dependency), root))
          .map(Dependency::getDescription);
    }
  },

  PACKAGES_HAVE_NO_CYCLES("cycle") {
    @Override
    ArchRule in(String root) {
      return slices().matching(root + ".(**)").should().beFreeOfCycles().allowEmptyShould(true);
    }
  },

  PROTOCOLS_ARE_STRANGERS_TO_EACH_OTHER("strangers") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return Room.of(origin.getPackageName(), root).filter(Room.PROTOCOLS::contains).stream()
          .flatMap(
              room ->
                  dependencies(origin)
                      .filter(
                          dependency ->
                              Room.of(target(dependency).getPackageName(), root)
                                  .filter(other -> other != room && Room.PROTOCOLS.contains(other))
                                  .isPresent()))
          .map(Dependency::getDescription);
    }
  },

  ANNOTATIONS_NEED_THE_JDK_ONLY("annotations") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return Packages.contains(root + ".annotation", origin.getPackageName())
          ? dependencies(origin)
              .filter(
                  dependency ->
                      !Packages.anyContains(
                          List.of("java", "org.jspecify", root + ".annotation"),
                          target(dependency).getPackageName()))
              .map(Dependency::getDescription)
          : Stream.empty();
    }
  },

  SPRING_STAYS_AT_THE_EDGE("spring") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return usesOutside(
          List.of("door", "transport", "log.jdbc", "wiring"),
          List.of("org.springframework", "org.aspectj", "org.aopalliance"),
          origin,
          root);
    }
  },

  BOOT_STAYS_IN_THE_STARTER("boot") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return usesOutside(List.of(), List.of("org.springframework.boot"), origin, root);
    }
  },

  JACKSON_STAYS_WHERE_BYTES_ARE_READ("jackson") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return usesOutside(
          List.of("log.json", "transport"),
          List.of("tools.jackson", "com.fasterxml.jackson"),
          origin,
          root);
    }
  },

  BROKER_LIBRARIES_STAY_IN_THEIR_ADAPTER("brokers") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return BROKER_LIBRARIES.entrySet().stream()
          .flatMap(
              broker -> usesOutside(List.of(broker.getKey()), broker.getValue(), origin, root));
    }
  },

  TIME_THREADS_AND_RANDOMNESS_COME_THROUGH_CONSTRUCTORS("time") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return MAY_TAKE_TIME_AND_THREADS.stream()
              .anyMatch(allowed -> Packages.contains(root + "." + allowed, topLevelName(origin)))
          ? Stream.empty()
          : origin.getCodeUnitAccessesFromSelf().stream()
              .filter(access -> takesTimeThreadsOrChance(access.getTarget()))
              .map(access -> access.getDescription());
    }
  },

  NOTHING_IS_JAVA_SERIALIZED("serialization") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return dependencies(origin)
          .filter(dependency -> SERIALIZATION.contains(target(dependency).getName()))
          .map(Dependency::getDescription);
    }
  },

  NOTHING_MUTABLE_IS_STATIC("state") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      Stream<String> fields =
          origin.getFields().stream()
              .filter(field -> field.getModifiers().contains(JavaModifier.STATIC))
              .filter(
                  field ->
                      !field.getModifiers().contains(JavaModifier.FINAL)
                          || isMutable(field.getRawType()))
              .filter(field -> !isThreadLocal(field.getRawType()))
              .map(JavaField::getDescription);
      // A `static final Map` looks harmless; what it is made of is seen in the static initializer.
      Stream<String> contents =
          origin.getStaticInitializer().stream()
              .flatMap(initializer -> initializer.getConstructorCallsFromSelf().stream())
              .filter(call -> !call.isDeclaredInLambda())
              .filter(call -> isMutable(call.getTargetOwner()))
              .map(JavaConstructorCall::getDescription);
      return Stream.concat(fields, contents);
    }
  },

  THREAD_LOCALS_STAY_IN_THE_CONTEXT("threadlocal") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return Packages.contains(root + ".context", origin.getPackageName())
          ? Stream.empty()
          : dependencies(origin)
              .filter(dependency -> isThreadLocal(target(dependency)))
              .map(Dependency::getDescription);
    }
  },

  PACKAGES_SAY_THAT_THEY_ARE_NULL_MARKED("nullmarked") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return origin.getPackage().isAnnotatedWith(NullMarked.class)
          ? Stream.empty()
          : Stream.of(origin.getName() + " lives in a package without @NullMarked");
    }
  },

  PACKAGES_ARE_NAMED_AFTER_THE_DOMAIN("names") {
    @Override
    Stream<String> violations(JavaClass origin, String root) {
      return Stream.of(origin.getPackageName().split("\\."))
          .filter(TECHNICAL_KINDS::contains)
          .map(kind -> origin.getName() + " lives in a package that is named " + kind);
    }
  };

  /**
   * The packages and classes below the root that may ask for the time, sleep, start threads and
   * draw random numbers. All others get a {@link Clock} and the like through their constructors.
   */
  static final List<String> MAY_TAKE_TIME_AND_THREADS = List.of("wiring", "engine.Loop");

  /** The package of each broker's adapter, below the root, and the libraries that belong there. */
  static final Map<String, List<String>> BROKER_LIBRARIES =
      Map.of(
          "transport.kafka", List.of("org.apache.kafka", "org.springframework.kafka"),
          "transport.rabbitmq", List.of("com.rabbitmq", "org.springframework.amqp"),
          "transport.rocketmq", List.of("org.apache.rocketmq"));

  private static final Set<String> SERIALIZATION =
      Set.of(
          "java.io.ObjectInputStream",
          "java.io.ObjectOutputStream",
          "java.io.Externalizable",
          "java.beans.XMLDecoder",
          "java.beans.XMLEncoder");

  private static final Set<String> THREADS_MADE_OR_PUT_TO_SLEEP =
      Set.of("sleep", "start", "startVirtualThread", "ofVirtual", "ofPlatform");

  private static final Set<String> TECHNICAL_KINDS =
      Set.of("util", "utils", "common", "helper", "helpers", "manager", "impl", "facade");

  private final String planted;

  ArchitectureRule(String planted) {
    this.planted = planted;
  }

  /** The root package of the tree in which violations of this rule were planted. */
  String plantedRoot() {
    return ArchitectureRule.class.getPackageName() + ".planted." + planted;
  }

  /** The rule for the rooms below {@code root}; it also holds where there are none yet. */
  ArchRule in(String root) {
    return classes()
        .should(
            new ArchCondition<JavaClass>(toString()) {
              @Override
              public void check(JavaClass origin, ConditionEvents events) {
                violations(origin, root)
                    .forEach(found -> events.add(SimpleConditionEvent.violated(origin, found)));
              }
            })
        .as(toString())
        .allowEmptyShould(true);
  }

  Stream<String> violations(JavaClass origin, String root) {
    throw new UnsupportedOperationException(name());
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static boolean mayReach(JavaClass origin, JavaClass target, String root) {
    if (!Packages.contains(root, target.getPackageName())) {
      return true;
    }
    return Room.of(origin.getPackageName(), root)
        .flatMap(from -> Room.of(target.getPackageName(), root).map(from::mayUse))
        .orElse(false);
  }

  private static Stream<String> usesOutside(
      List<String> rooms, List<String> libraries, JavaClass origin, String root) {
    List<String> allowed = rooms.stream().map(room -> root + "." + room).toList();
    return Packages.anyContains(allowed, origin.getPackageName())
        ? Stream.empty()
        : dependencies(origin)
            .filter(
                dependency -> Packages.anyContains(libraries, target(dependency).getPackageName()))
            .map(Dependency::getDescription);
  }

  private static boolean takesTimeThreadsOrChance(AccessTarget.CodeUnitAccessTarget called) {
    JavaClass owner = called.getOwner();
    String name = called.getName();
    boolean born = name.equals("<init>");
    boolean clockGiven =
        called.getRawParameterTypes().stream().anyMatch(type -> type.isEquivalentTo(Clock.class));
    return owner.isAssignableTo(TemporalAccessor.class) && name.equals("now") && !clockGiven
        || owner.isEquivalentTo(Clock.class)
            && (name.startsWith("system") || name.startsWith("tick") && !clockGiven)
        || owner.isEquivalentTo(System.class)
            && (name.equals("currentTimeMillis") || name.equals("nanoTime"))
        || owner.isEquivalentTo(Date.class) && born && called.getRawParameterTypes().isEmpty()
        || owner.isAssignableTo(Thread.class)
            && (born || THREADS_MADE_OR_PUT_TO_SLEEP.contains(name))
        || owner.isEquivalentTo(TimeUnit.class) && name.equals("sleep")
        || owner.isEquivalentTo(Timer.class) && born
        || owner.isEquivalentTo(Executors.class) && name.startsWith("new")
        || owner.isAssignableTo(ExecutorService.class) && (born || name.equals("commonPool"))
        || owner.isEquivalentTo(CompletableFuture.class)
            && name.endsWith("Async")
            && called.getRawParameterTypes().stream()
                .noneMatch(type -> type.isAssignableTo(Executor.class))
        || owner.isEquivalentTo(UUID.class) && name.equals("randomUUID")
        || owner.isEquivalentTo(Math.class) && name.equals("random")
        || owner.isAssignableTo(Random.class)
            && (born || name.equals("current") || name.startsWith("getInstance"))
        || owner.isEquivalentTo(RandomGenerator.class)
            && (name.equals("of") || name.equals("getDefault"));
  }

  private static boolean isMutable(JavaClass type) {
    if (type.isInterface()) {
      return type.isAssignableTo(Lock.class);
    }
    return type.getPackageName().startsWith("java.util")
            && (type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class))
        || type.getPackageName().equals("java.util.concurrent.atomic")
        || type.isAssignableTo(Lock.class);
  }

  private static boolean isThreadLocal(JavaClass type) {
    return type.isAssignableTo(ThreadLocal.class);
  }

  private static Stream<Dependency> dependencies(JavaClass origin) {
    return origin.getDirectDependenciesFromSelf().stream();
  }

  private static JavaClass target(Dependency dependency) {
    return dependency.getTargetClass().getBaseComponentType();
  }

  private static boolean isPackageInfo(JavaClass type) {
    return type.getSimpleName().equals("package-info");
  }

  private static String topLevelName(JavaClass type) {
    int nested = type.getName().indexOf('$');
    return nested < 0 ? type.getName() : type.getName().substring(0, nested);
  }
}
