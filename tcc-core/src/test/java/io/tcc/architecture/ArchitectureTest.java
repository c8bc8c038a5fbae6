package io.tcc.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The rules, on what is shipped. */
class ArchitectureTest {

  private static final String ROOT = "io.tcc";

  private static final JavaClasses SHIPPED =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
          .importPackages(ROOT);

  /** Rules on an empty set of classes all hold: that must not be why they do. */
  @Test
  void theClassesOfThisModuleAreSeen() {
    assertThat(SHIPPED.isEmpty()).isEqualTo(Files.notExists(Path.of("src/main/java")));
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  void holds(ArchitectureRule rule) {
    rule.in(ROOT).check(SHIPPED);
  }
}
