package io.tcc.behaviour;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import org.aopalliance.intercept.MethodInterceptor;
import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Role;

/** A retry advice as many applications have one, which knows nothing of global transactions. */
@Configuration(proxyBeanMethods = false)
class Persistence {

  /** The method is called once more if it fails. */
  @Retention(RetentionPolicy.RUNTIME)
  @interface Persistent {}

  @Bean
  @Role(BeanDefinition.ROLE_INFRASTRUCTURE)
  static Advisor persistentAdvisor() {
    MethodInterceptor again =
        invocation -> {
          try {
            return ((ProxyMethodInvocation) invocation).invocableClone().proceed();
          } catch (RuntimeException e) {
            return invocation.proceed();
          }
        };
    DefaultPointcutAdvisor advisor =
        new DefaultPointcutAdvisor(
            AnnotationMatchingPointcut.forMethodAnnotation(Persistent.class), again);
    advisor.setOrder(0);
    return advisor;
  }
}
