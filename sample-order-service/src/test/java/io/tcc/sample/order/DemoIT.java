package io.tcc.sample.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The first command of the README on a fresh checkout: without any of what this build has made. */
class DemoIT {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final List<String> NOT_IN_A_CHECKOUT = List.of("target", ".git");

  @TempDir Path checkout;

  @Test
  void buildsTheSampleServicesOfAFreshCheckout() throws Exception {
    copySources();
    Path log = checkout.resolve("build.log");
    ProcessBuilder demo =
        new ProcessBuilder("./demo", "--build")
            .directory(checkout.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    String repository = System.getProperty("maven.repo.local");
    if (repository != null) {
      demo.environment().put("MAVEN_ARGS", "-Dmaven.repo.local=" + repository);
    }

    Process building = demo.start();

    assertThat(building.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(building.exitValue()).as(() -> read(log)).isZero();
    for (String service : List.of("sample-order-service", "sample-inventory-service")) {
      assertThat(checkout.resolve(service).resolve("target"))
          .isDirectoryContaining("glob:**/" + service + "-*.jar");
    }
  }

  /** Does not look into what it leaves out: another test may be writing there. */
  private void copySources() throws IOException {
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
              throws IOException {
            if (!folder.equals(ROOT)
                && NOT_IN_A_CHECKOUT.contains(folder.getFileName().toString())) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            Files.createDirectories(copyOf(folder));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (!NOT_IN_A_CHECKOUT.contains(file.getFileName().toString())) {
              Files.copy(file, copyOf(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private Path copyOf(Path source) {
    return checkout.resolve(ROOT.relativize(source));
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
