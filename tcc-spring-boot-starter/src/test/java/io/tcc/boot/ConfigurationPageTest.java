package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The page on configuration against the metadata that the build makes of the properties. */
class ConfigurationPageTest {

  private static final Path PAGE = Path.of("..", "docs", "configuration.md");

  /** The first name of a row; of a map's entries the name of the map. */
  private static final Pattern ROW =
      Pattern.compile("^\\| `(tcc\\.[^`<]+?)(?:\\.<[^`]*)?`", Pattern.MULTILINE);

  @Test
  void thePageNamesExactlyTheProperties() throws IOException {
    assertThat(documented()).isEqualTo(generated());
  }

  private static TreeSet<String> documented() throws IOException {
    String page = Files.readString(PAGE);
    String properties = page.substring(page.indexOf("## Properties"));
    Matcher rows = ROW.matcher(properties.substring(0, properties.indexOf("\n## ")));
    TreeSet<String> names = new TreeSet<>();
    while (rows.find()) {
      names.add(rows.group(1));
    }
    return names;
  }

  private static TreeSet<String> generated() throws IOException {
    TreeSet<String> names = new TreeSet<>();
    for (URL file :
        Collections.list(
            TccProperties.class
                .getClassLoader()
                .getResources("META-INF/spring-configuration-metadata.json"))) {
      try (InputStream in = file.openStream()) {
        for (JsonNode property : new JsonMapper().readTree(in).get("properties")) {
          String name = property.get("name").asString();
          if (name.startsWith("tcc.")) {
            names.add(name);
          }
        }
      }
    }
    assertThat(names).as("the build makes metadata").isNotEmpty();
    return names;
  }
}
