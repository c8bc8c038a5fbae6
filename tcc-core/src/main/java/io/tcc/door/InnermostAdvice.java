package io.tcc.door;

import io.tcc.annotation.GlobalTx;
import java.util.Arrays;
import org.springframework.aop.Advisor;
import org.springframework.aop.Pointcut;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.ComposablePointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.beans.factory.config.SmartInstantiationAwareBeanPostProcessor;
import org.springframework.core.Ordered;

/**
 * Puts {@link BodyInterceptor} into the proxies that begin transactions or branches, or tell of
 * results, behind all other advice. An order could not do that: advice without one, as most has
 * none, comes last in the order of its beans.
 */
final class InnermostAdvice implements SmartInstantiationAwareBeanPostProcessor, Ordered {

  private final Advisor advisor = new DefaultPointcutAdvisor(entered(), new BodyInterceptor());

  private static Pointcut entered() {
    ComposablePointcut all = new ComposablePointcut(AnnotationAdvisors.pointcut(GlobalTx.class));
    AnnotatedBeans.ENTERED.forEach(each -> all.union(AnnotationAdvisors.pointcut(each)));
    AnnotatedBeans.TELLING.forEach(each -> all.union(AnnotationAdvisors.pointcut(each)));
    return all;
  }

  /** After everybody who makes proxies. */
  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE;
  }

  /** Where beans refer to each other in a circle, proxies are made here. */
  @Override
  public Object getEarlyBeanReference(Object bean, String beanName) {
    return withBody(bean);
  }

  @Override
  public Object postProcessAfterInitialization(Object bean, String beanName) {
    return withBody(bean);
  }

  private Object withBody(Object bean) {
    if (bean instanceof Advised advised
        && !advised.isFrozen()
        && Arrays.stream(advised.getAdvisors()).anyMatch(AnnotationAdvisors::isOne)
        && Arrays.stream(advised.getAdvisors())
            .noneMatch(each -> each.getAdvice() instanceof BodyInterceptor)) {
      advised.addAdvisor(advisor);
    }
    return bean;
  }
}
