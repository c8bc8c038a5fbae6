package io.tcc.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A rule that cannot fail is worth nothing: each has a tree of its own below {@code planted}, where
 * classes named {@code Guilty…} break it, classes named {@code Innocent…} come close and do not,
 * and all others are only there to be used.
 */
class PlantedViolationTest {

  @ParameterizedTest(name = "{0}: every guilty class is reported, no innocent one is")
  @EnumSource
  void everyGuiltyClassIsReportedAndNoInnocentOne(ArchitectureRule rule) {
    JavaClasses planted = new ClassFileImporter().importPackages(rule.plantedRoot());

    String report =
        String.join(
            "\n", rule.in(rule.plantedRoot()).evaluate(planted).getFailureReport().getDetails());

    Predicate<String> reported = name -> report.contains(rule.plantedRoot() + "." + name);
    assertThat(named("Guilty", planted, rule))
        .as("what '%s' reports:%n%s", rule, report)
        .isNotEmpty()
        .allMatch(reported, "is reported");
    assertThat(named("Innocent", planted, rule))
        .as("what '%s' reports:%n%s", rule, report)
        .isNotEmpty()
        .noneMatch(reported);
  }

  private static List<String> named(String prefix, JavaClasses planted, ArchitectureRule rule) {
    return planted.stream()
        .filter(type -> type.getSimpleName().startsWith(prefix))
        .map(JavaClass::getName)
        .map(name -> name.substring(rule.plantedRoot().length() + 1))
        .toList();
  }
}
