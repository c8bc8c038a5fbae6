package io.tcc.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.amqp.autoconfigure.RabbitAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.kafka.autoconfigure.KafkaAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.boot.web.context.servlet.AnnotationConfigServletWebApplicationContext;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.context.annotation.Bean;
import org.springframework.mock.web.MockServletContext;

/** Every bean that is auto-configured makes way for one of the application. */
class BackOffTest {

  private static final List<Method> DEFAULTS = factoryMethods(null, null);

  static Stream<Method> beans() {
    return configurations(autoConfigurations())
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .filter(method -> method.isAnnotationPresent(Bean.class));
  }

  private static List<Class<?>> autoConfigurations() {
    String file =
        "/META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(TccAutoConfiguration.class.getResourceAsStream(file)),
                StandardCharsets.UTF_8))) {
      List<Class<?>> types = new ArrayList<>();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("io.tcc.")) {
          types.add(Class.forName(line));
        }
      }
      return types;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Class<?>> configurations(List<Class<?>> types) {
    return types.stream()
        .flatMap(type -> Stream.concat(Stream.of(type), Stream.of(type.getDeclaredClasses())));
  }

  @ParameterizedTest
  @MethodSource("beans")
  void makesWay(Method bean) {
    ConditionalOnMissingBean condition = bean.getAnnotation(ConditionalOnMissingBean.class);
    assertThat(condition).as("a condition on " + bean).isNotNull();
    assertThat(DEFAULTS).contains(bean);

    String name = condition.name().length > 0 ? condition.name()[0] : "ofTheApplication";
    Class<?> type = condition.value().length > 0 ? condition.value()[0] : bean.getReturnType();
    assertThat(factoryMethods(name, type)).isNotEmpty().doesNotContain(bean);
  }

  /** The methods behind the beans of an application that brings the given one; none is made. */
  private static List<Method> factoryMethods(String name, Class<?> type) {
    // Never closed, because nothing was opened.
    Definitions application = new Definitions();
    application.getDefaultListableBeanFactory().setAllowBeanDefinitionOverriding(false);
    application.setServletContext(new MockServletContext());
    application.registerBean("discovery", DiscoveryClient.class, () -> null);
    if (name != null) {
      application.registerBeanDefinition(name, new RootBeanDefinition(type));
    }
    application.register(
        AutoConfigurations.getClasses(
            Applications.autoConfigurations(),
            AutoConfigurations.of(
                KafkaAutoConfiguration.class,
                RabbitAutoConfiguration.class,
                MetricsAutoConfiguration.class,
                SimpleMetricsExportAutoConfiguration.class)));
    TestPropertyValues.of(
            "management.endpoints.web.exposure.include=*",
            "tcc.notification.targets.partner.url=https://partner.example",
            "tcc.notification.sources.order.secret=of no use here",
            "tcc.rocketmq.name-server=localhost:1",
            "tcc.two-phase.enabled=true")
        .applyTo(application);
    application.refresh();
    return Arrays.stream(application.getBeanDefinitionNames())
        .map(application.getBeanFactory()::getMergedBeanDefinition)
        .map(BackOffTest::factoryMethod)
        .filter(Objects::nonNull)
        .toList();
  }

  private static Method factoryMethod(BeanDefinition definition) {
    return definition instanceof RootBeanDefinition root ? root.getResolvedFactoryMethod() : null;
  }

  /** Stops before the first bean is made. */
  private static final class Definitions extends AnnotationConfigServletWebApplicationContext {
    @Override
    protected void registerBeanPostProcessors(ConfigurableListableBeanFactory beans) {}

    @Override
    protected void onRefresh() {}

    @Override
    protected void finishBeanFactoryInitialization(ConfigurableListableBeanFactory beans) {}

    @Override
    protected void finishRefresh() {}
  }
}
