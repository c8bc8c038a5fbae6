package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.context.TransactionContext;
import io.tcc.protocol.tcc.Tcc;
import java.lang.annotation.Annotation;
import java.util.Arrays;
import org.springframework.aop.Advisor;
import org.springframework.aop.support.DefaultBeanFactoryPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.EnableAspectJAutoProxy;
import org.springframework.context.annotation.Role;
import org.springframework.core.Ordered;
import org.springframework.transaction.annotation.AnnotationTransactionAttributeSource;

/** The advisors of all annotations, and the reading of the participants at start-up. */
@Configuration(proxyBeanMethods = false)
@EnableAspectJAutoProxy
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public class DoorConfiguration {

  /**
   * Outside of every other advice, so that nothing is left of the call when the outcome is driven.
   */
  static final int GLOBAL_TX_ORDER = Ordered.HIGHEST_PRECEDENCE + 100;

  /** Just outside the local transaction of {@code @Transactional}, which joins. */
  static final int TRY_ORDER = Ordered.LOWEST_PRECEDENCE - 10;

  /** Inside of everything but the local transaction. */
  static final int BODY_ORDER = Ordered.LOWEST_PRECEDENCE - 1;

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccGlobalTxAdvisor(BeanFactory beans) {
    return advisor(GlobalTx.class, beans, "tccGlobalTxInterceptor", GLOBAL_TX_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccGlobalTxBodyAdvisor(BeanFactory beans) {
    return advisor(GlobalTx.class, beans, "tccGlobalTxBodyInterceptor", BODY_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccTryAdvisor(BeanFactory beans) {
    return advisor(Try.class, beans, "tccTryInterceptor", TRY_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static GlobalTxInterceptor tccGlobalTxInterceptor(
      GlobalTransactions transactions, GlobalTxSpecs specs, TransactionContext context) {
    return new GlobalTxInterceptor(transactions, specs, context);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static GlobalTxInterceptor.Body tccGlobalTxBodyInterceptor() {
    return new GlobalTxInterceptor.Body();
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static TryInterceptor tccTryInterceptor(
      TransactionContext context, Tcc tcc, TccParticipants participants) {
    return new TryInterceptor(
        context, tcc, participants, new AnnotationTransactionAttributeSource());
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static TccParticipants tccParticipants(ConfigurableListableBeanFactory beans) {
    return new TccParticipants(beans);
  }

  @Bean
  static SmartInitializingSingleton tccParticipantReading(
      ConfigurableListableBeanFactory beans, TccParticipants participants, Tcc tcc) {
    return () ->
        Arrays.stream(beans.getBeanDefinitionNames())
            .forEach(
                name -> {
                  Class<?> type = beans.getType(name, false);
                  if (type != null) {
                    participants.read(name, type).forEach(tcc::register);
                  }
                });
  }

  /**
   * The advice is named, not given: Spring asks for all advisors before it makes the first bean of
   * the application, and what the advice needs (the database, with JPA even entities' listeners)
   * would be made then, too early to be advised itself.
   */
  private static Advisor advisor(
      Class<? extends Annotation> annotation, BeanFactory beans, String advice, int order) {
    DefaultBeanFactoryPointcutAdvisor advisor = new DefaultBeanFactoryPointcutAdvisor();
    advisor.setPointcut(new AnnotationMatchingPointcut(null, annotation, true));
    advisor.setBeanFactory(beans);
    advisor.setAdviceBeanName(advice);
    advisor.setOrder(order);
    return advisor;
  }
}
