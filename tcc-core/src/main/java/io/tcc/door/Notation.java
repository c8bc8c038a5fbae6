package io.tcc.door;

import io.tcc.annotation.Abort;
import io.tcc.annotation.CanCommit;
import io.tcc.annotation.Cancel;
import io.tcc.annotation.Commit;
import io.tcc.annotation.Confirm;
import io.tcc.annotation.DoCommit;
import io.tcc.annotation.PreCommit;
import io.tcc.annotation.Prepare;
import io.tcc.annotation.Recording;
import io.tcc.annotation.Rollback;
import io.tcc.annotation.Try;
import io.tcc.participant.MethodParticipant.Step;
import io.tcc.participant.MethodProtocol;
import io.tcc.protocol.tcc.Tcc;
import io.tcc.protocol.threephase.ThreePhase;
import io.tcc.protocol.twophase.PreparedMethods;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * How users write the participants of a protocol: the annotation of the method that does the work,
 * and those of the methods that complete it. A protocol of methods is declared here and nowhere
 * else in the door.
 */
@SuppressWarnings("ImmutableEnumChecker") // The lists come from List.of.
enum Notation {
  TCC(
      Tcc.class,
      Try.class,
      "reserve",
      Completing.optional(Confirm.class, Step.COMMIT),
      Completing.required(Cancel.class, Step.ABORT)),
  TWO_PHASE(
      PreparedMethods.class,
      Prepare.class,
      "prepare",
      Completing.required(Commit.class, Step.COMMIT),
      Completing.required(Rollback.class, Step.ABORT)),
  THREE_PHASE(
      ThreePhase.class,
      CanCommit.class,
      "check",
      Completing.required(PreCommit.class, Step.PRE_COMMIT),
      Completing.required(DoCommit.class, Step.COMMIT),
      Completing.required(Abort.class, Step.ABORT));

  /**
   * A completing method.
   *
   * @param annotation has an attribute {@code value}: whom it completes
   * @param step when it is called
   * @param required whether every participant has one; who has none at all is told of optional ones
   *     too
   */
  record Completing(Class<? extends Annotation> annotation, Step step, boolean required) {

    static Completing required(Class<? extends Annotation> annotation, Step step) {
      return new Completing(annotation, step, true);
    }

    static Completing optional(Class<? extends Annotation> annotation, Step step) {
      return new Completing(annotation, step, false);
    }

    /** {@code @Confirm}. */
    String at() {
      return Declaration.annotation(annotation, "");
    }

    /** {@code confirmReserve} for {@code reserve}. */
    String nameFor(Method worked) {
      String step = annotation.getSimpleName();
      String name = worked.getName();
      return Character.toLowerCase(step.charAt(0))
          + step.substring(1)
          + Character.toUpperCase(name.charAt(0))
          + name.substring(1);
    }
  }

  private final Class<? extends MethodProtocol> protocol;
  private final Class<? extends Annotation> work;
  private final String example;

  @SuppressWarnings("ImmutableEnumChecker") // It is a List.of.
  private final List<Completing> completings;

  /**
   * @param protocol the bean that runs it
   * @param work has the attributes {@code value}, the participant's name, and {@code recording}
   *     where it may have effects outside the database of the log
   * @param example a name for a method that does the work
   */
  Notation(
      Class<? extends MethodProtocol> protocol,
      Class<? extends Annotation> work,
      String example,
      Completing... completings) {
    this.protocol = protocol;
    this.work = work;
    this.example = example;
    this.completings = List.of(completings);
  }

  /** All annotations of all protocols, of each the one for the work first. */
  static Stream<Class<? extends Annotation>> annotations() {
    return Arrays.stream(values()).flatMap(Notation::own);
  }

  /** The annotations of methods that do the work of a branch. */
  static Stream<Class<? extends Annotation>> works() {
    return Arrays.stream(values()).map(Notation::work);
  }

  /** The protocol that one of a method's annotations belongs to; none for a plain GlobalTx. */
  static Optional<Notation> of(AnnotatedBean bean, Method method) {
    return Arrays.stream(values())
        .filter(notation -> notation.own().anyMatch(each -> bean.has(method, each)))
        .findFirst();
  }

  /** The protocol of which a method does the work. */
  static Optional<Notation> ofWork(AnnotatedBean bean, Method method) {
    return Arrays.stream(values()).filter(each -> bean.has(method, each.work)).findFirst();
  }

  /** The protocol of which a method completes a branch. */
  static Optional<Notation> ofCompletion(AnnotatedBean bean, Method method) {
    return Arrays.stream(values())
        .filter(
            each -> each.completings.stream().anyMatch(step -> bean.has(method, step.annotation())))
        .findFirst();
  }

  Class<? extends MethodProtocol> protocol() {
    return protocol;
  }

  Class<? extends Annotation> work() {
    return work;
  }

  String example() {
    return example;
  }

  List<Completing> completings() {
    return completings;
  }

  /** {@code @Try}. */
  String at() {
    return Declaration.annotation(work, "");
  }

  /** {@code Confirm and Cancel}. */
  String completingsInWords() {
    List<String> names =
        completings.stream().map(each -> each.annotation().getSimpleName()).toList();
    int last = names.size() - 1;
    return String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  /** Whether a method's work has effects outside the database of the log. */
  boolean recordsBefore(Method worked) {
    return AnnotationUtils.getValue(AnnotatedBean.annotation(worked, work), "recording")
        == Recording.BEFORE;
  }

  /** The value of one of the annotations on a method. */
  static String value(Method method, Class<? extends Annotation> annotation) {
    return String.valueOf(
        AnnotationUtils.getValue(AnnotatedBean.annotation(method, annotation), "value"));
  }

  private Stream<Class<? extends Annotation>> own() {
    return Stream.concat(Stream.of(work), completings.stream().map(Completing::annotation));
  }
}
