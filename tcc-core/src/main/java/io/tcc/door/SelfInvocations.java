package io.tcc.door;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.asm.ClassReader;
import org.springframework.asm.ClassVisitor;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.asm.Type;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;

/**
 * A method that calls an annotated method of its own object goes past the proxy, so the annotation
 * has no effect; nothing tells at run time. The class files tell: those of the bean's class, its
 * superclasses and interfaces, and their inner classes. A class whose file cannot be read is not
 * examined.
 */
final class SelfInvocations implements Rule {

  private static final Logger log = LoggerFactory.getLogger(SelfInvocations.class);

  private static final Pattern LAMBDA = Pattern.compile("lambda\\$(.+)\\$\\d+");

  @Override
  public void examine(AnnotatedBean bean, Problems problems) {
    Map<String, Method> targets = targets(bean);
    if (targets.isEmpty() || Proxy.isProxyClass(bean.type())) {
      return;
    }
    for (Class<?> type : ownClasses(bean.type())) {
      new Scan(bean, type, targets, problems).run();
    }
  }

  /** The annotated methods, by each name and descriptor under which they can be called. */
  private static Map<String, Method> targets(AnnotatedBean bean) {
    Map<String, Method> targets = new HashMap<>();
    for (Class<?> type : ownClasses(bean.type())) {
      for (Method method : ReflectionUtils.getDeclaredMethods(type)) {
        Method run = AnnotatedBean.specific(method, bean.type());
        if (!Modifier.isStatic(method.getModifiers()) && bean.isEntered(run)) {
          targets.put(method.getName() + Type.getMethodDescriptor(method), run);
        }
      }
    }
    return targets;
  }

  private static List<Class<?>> ownClasses(Class<?> type) {
    return Hierarchy.of(type).stream().filter(each -> !each.getName().startsWith("java.")).toList();
  }

  /** The file of one class, and those of the classes inside it. */
  private static final class Scan {

    private final AnnotatedBean bean;
    private final Class<?> type;
    private final Map<String, Method> targets;
    private final Problems problems;
    private final Set<String> read = new HashSet<>();

    Scan(AnnotatedBean bean, Class<?> type, Map<String, Method> targets, Problems problems) {
      this.bean = bean;
      this.type = type;
      this.targets = targets;
      this.problems = problems;
    }

    void run() {
      read(Type.getInternalName(type));
    }

    private void read(String internalName) {
      if (!read.add(internalName)) {
        return;
      }
      ClassLoader loader = type.getClassLoader();
      String file = internalName + ClassUtils.CLASS_FILE_SUFFIX;
      try (InputStream in =
          loader == null
              ? ClassLoader.getSystemResourceAsStream(file)
              : loader.getResourceAsStream(file)) {
        if (in == null) {
          log.debug("No class file of {} to look for self-invocations in", internalName);
          return;
        }
        new ClassReader(in).accept(new Methods(internalName), ClassReader.SKIP_FRAMES);
      } catch (IOException | IllegalArgumentException e) {
        log.debug("The class file of {} cannot be searched for self-invocations", internalName, e);
      }
    }

    private void report(Method called, String className, String caller, int line) {
      String name = called.getName();
      String by =
          Declaration.type(bean.type()).equals(className) ? caller : className + "." + caller;
      problems.add(
          bean,
          called,
          "is called by "
              + by
              + (line == 0 ? "" : ", line " + line + ",")
              + " on its own object, past the proxy: the annotation has no effect on that call",
          "@Autowired @Lazy "
              + Declaration.type(
                  bean.proxyOfInterfaces().isEmpty() || bean.type().getInterfaces().length == 0
                      ? bean.type()
                      : bean.type().getInterfaces()[0])
              + " self;   // self."
              + name
              + "(…); or move "
              + name
              + " to a bean of its own");
    }

    /** The methods of a class that is the bean's, or inside it. */
    private final class Methods extends ClassVisitor {

      private final String internalName;
      private final boolean inner;

      Methods(String internalName) {
        super(SpringAsmInfo.ASM_VERSION);
        this.internalName = internalName;
        this.inner = !internalName.equals(Type.getInternalName(type));
      }

      @Override
      public void visitInnerClass(
          String name, @Nullable String outerName, @Nullable String innerName, int access) {
        if (name.startsWith(Type.getInternalName(type) + "$")) {
          read(name);
        }
      }

      @Override
      public @Nullable MethodVisitor visitMethod(
          int access,
          String name,
          String descriptor,
          @Nullable String signature,
          String @Nullable [] exceptions) {
        // A bridge is the same method under another descriptor.
        return (access & Opcodes.ACC_BRIDGE) != 0
            ? null
            : new OwnCalls(
                !inner && (access & Opcodes.ACC_STATIC) == 0,
                inner ? Type.getDescriptor(type) : null) {
              @Override
              void found(String calledName, String calledDescriptor, int line) {
                Method called = targets.get(calledName + calledDescriptor);
                // An override that calls what it overrides is one call, and so is a recursion.
                boolean itself = calledName.equals(name) && calledDescriptor.equals(descriptor);
                if (called != null && (inner || !itself)) {
                  report(
                      called,
                      ClassUtils.getShortName(internalName.replace('/', '.')),
                      withoutLambda(name),
                      line);
                }
              }
            };
      }
    }

    /** {@code purchase} for {@code lambda$purchase$0}. */
    private static String withoutLambda(String name) {
      Matcher lambda = LAMBDA.matcher(name);
      return lambda.matches() ? lambda.group(1) : name;
    }
  }
}
