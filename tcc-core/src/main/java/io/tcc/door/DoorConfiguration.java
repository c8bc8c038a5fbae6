package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import io.tcc.annotation.Try;
import io.tcc.context.TransactionContext;
import io.tcc.protocol.tcc.Tcc;
import java.lang.annotation.Annotation;
import java.util.Arrays;
import org.aopalliance.aop.Advice;
import org.springframework.aop.Advisor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
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
  static Advisor tccGlobalTxAdvisor(
      GlobalTransactions transactions, GlobalTxSpecs specs, TransactionContext context) {
    return advisor(
        GlobalTx.class, new GlobalTxInterceptor(transactions, specs, context), GLOBAL_TX_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccGlobalTxBodyAdvisor() {
    return advisor(GlobalTx.class, new GlobalTxInterceptor.Body(), BODY_ORDER);
  }

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor tccTryAdvisor(TransactionContext context, Tcc tcc, TccParticipants participants) {
    return advisor(
        Try.class,
        new TryInterceptor(context, tcc, participants, new AnnotationTransactionAttributeSource()),
        TRY_ORDER);
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

  private static Advisor advisor(Class<? extends Annotation> annotation, Advice advice, int order) {
    DefaultPointcutAdvisor advisor =
        new DefaultPointcutAdvisor(new AnnotationMatchingPointcut(null, annotation, true), advice);
    advisor.setOrder(order);
    return advisor;
  }
}
