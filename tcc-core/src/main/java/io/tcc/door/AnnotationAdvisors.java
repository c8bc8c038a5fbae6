package io.tcc.door;

import java.lang.annotation.Annotation;
import java.lang.reflect.Modifier;
import org.aopalliance.aop.Advice;
import org.springframework.aop.Advisor;
import org.springframework.aop.ClassFilter;
import org.springframework.aop.Pointcut;
import org.springframework.aop.support.ComposablePointcut;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.annotation.AnnotationMatchingPointcut;
import org.springframework.util.ClassUtils;

/** Advisors of methods that carry an annotation, be it on their class or on an interface. */
final class AnnotationAdvisors {

  private AnnotationAdvisors() {}

  static Advisor advisor(Class<? extends Annotation> annotation, Advice advice, int order) {
    DefaultPointcutAdvisor advisor = new DefaultPointcutAdvisor(pointcut(annotation), advice);
    advisor.setOrder(order);
    return advisor;
  }

  /** Whether an advisor begins transactions or branches, or tells of what a method returns. */
  static boolean isOne(Advisor advisor) {
    return advisor.getAdvice() instanceof GlobalTxInterceptor
        || advisor.getAdvice() instanceof WorkInterceptor
        || advisor.getAdvice() instanceof TwoPhaseInterceptor
        || advisor.getAdvice() instanceof NotifyInterceptor
        || advisor.getAdvice() instanceof OutboxInterceptor
        || advisor.getAdvice() instanceof TransactionalMessageInterceptor;
  }

  static Pointcut pointcut(Class<? extends Annotation> annotation) {
    // To try and fail to extend a final class would hide all other mistakes from the report.
    ClassFilter canHaveProxy =
        type ->
            !Modifier.isFinal(type.getModifiers())
                || ClassUtils.getAllInterfacesForClass(type).length > 0;
    return new ComposablePointcut((Pointcut) new AnnotationMatchingPointcut(null, annotation, true))
        .intersection(canHaveProxy);
  }
}
