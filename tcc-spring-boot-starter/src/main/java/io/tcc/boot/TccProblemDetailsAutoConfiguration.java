package io.tcc.boot;

import io.tcc.transaction.GlobalTransactionException;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.servlet.DispatcherServlet;

/** HTTP answers for the exceptions of global transactions, with Spring MVC. */
@AutoConfiguration(after = TccAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "tcc.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "tcc.http.problem-details", matchIfMissing = true)
@ConditionalOnClass({DispatcherServlet.class, GlobalTransactionException.class})
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
public class TccProblemDetailsAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean
  GlobalTransactionProblems tccGlobalTransactionProblems() {
    return new GlobalTransactionProblems();
  }
}
