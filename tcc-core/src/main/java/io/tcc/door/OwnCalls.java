package io.tcc.door;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.asm.Handle;
import org.springframework.asm.Label;
import org.springframework.asm.MethodVisitor;
import org.springframework.asm.Opcodes;
import org.springframework.asm.SpringAsmInfo;
import org.springframework.asm.Type;

/**
 * Finds the calls that a method makes on its own object, {@code this.reserve()} as well as {@code
 * this::reserve}. A call on another object of the same class, such as the bean injected into
 * itself, is none: therefore it follows where {@code this} lies on the operand stack, along all
 * jumps. What went through a variable or field is taken for another object.
 */
abstract class OwnCalls extends MethodVisitor {

  private static final String OUTER = "this$";

  /** By opcode, how many slots an instruction without operands takes; JVM specification, 6.5. */
  private static final String POPPED =
      "0000000000000000000000000000000000000000000000222"
          + "2222200000000000000000000000003434333312000000024"
          + "2424242424242424241212232323242424011122211122211"
          + "1422440000000000000000000000000000000000000100011";

  /** By opcode, how many slots it leaves. */
  private static final String PUSHED =
      "0111111112211122000000000000000000000000000000121"
          + "2111100000000000000000000000000000000000000000012"
          + "1212121212121212121212121212121212021211212212111"
          + "1111110000000000000000000000000000000000000100000";

  private final boolean startsWithThis;
  private final @Nullable String outer;
  private final Map<Label, OperandStack> atJumpTarget = new HashMap<>();
  private @Nullable OperandStack stack = new OperandStack();
  private int line;

  /**
   * @param startsWithThis whether local variable 0 is the object itself
   * @param outer descriptor of the object's class, if the method is one of an inner class and gets
   *     the object from there; null if not
   */
  OwnCalls(boolean startsWithThis, @Nullable String outer) {
    super(SpringAsmInfo.ASM_VERSION);
    this.startsWithThis = startsWithThis;
    this.outer = outer;
  }

  /** Hears of each call. */
  abstract void found(String name, String descriptor, int line);

  @Override
  public void visitLineNumber(int number, Label start) {
    line = number;
  }

  @Override
  public void visitLabel(Label label) {
    OperandStack jumped = atJumpTarget.get(label);
    if (stack == null) {
      stack = jumped == null ? new OperandStack() : jumped.copy();
    } else if (jumped != null) {
      stack.meet(jumped);
    }
  }

  @Override
  public void visitTryCatchBlock(
      Label start, Label end, Label handler, @Nullable String exception) {
    OperandStack thrown = new OperandStack();
    thrown.push(1);
    atJumpTarget.put(handler, thrown);
  }

  @Override
  public void visitVarInsn(int opcode, int variable) {
    switch (opcode) {
      case Opcodes.ALOAD -> {
        if (variable == 0 && startsWithThis) {
          here().pushOwn();
        } else {
          here().push(1);
        }
      }
      case Opcodes.ILOAD, Opcodes.FLOAD -> here().push(1);
      case Opcodes.LLOAD, Opcodes.DLOAD -> here().push(2);
      case Opcodes.LSTORE, Opcodes.DSTORE -> here().pop(2);
      case Opcodes.RET -> stack = null;
      default -> here().pop(1);
    }
  }

  @Override
  public void visitFieldInsn(int opcode, String owner, String name, String descriptor) {
    int size = Type.getType(descriptor).getSize();
    switch (opcode) {
      case Opcodes.GETSTATIC -> here().push(size);
      case Opcodes.PUTSTATIC -> here().pop(size);
      case Opcodes.PUTFIELD -> here().pop(1 + size);
      default -> {
        here().pop(1);
        if (name.startsWith(OUTER) && descriptor.equals(outer)) {
          here().pushOwn();
        } else {
          here().push(size);
        }
      }
    }
  }

  @Override
  public void visitMethodInsn(
      int opcode, String owner, String name, String descriptor, boolean isInterface) {
    int sizes = Type.getArgumentsAndReturnSizes(descriptor);
    int arguments = (sizes >> 2) - 1;
    if (opcode == Opcodes.INVOKESTATIC) {
      here().pop(arguments);
    } else {
      if (here().isOwn(arguments)) {
        found(name, descriptor, line);
      }
      here().pop(arguments + 1);
    }
    here().push(sizes & 3);
  }

  @Override
  public void visitInvokeDynamicInsn(
      String name, String descriptor, Handle bootstrap, Object... constants) {
    int sizes = Type.getArgumentsAndReturnSizes(descriptor);
    int captured = (sizes >> 2) - 1;
    if (captured > 0 && here().isOwn(captured - 1)) {
      for (Object constant : constants) {
        if (constant instanceof Handle method && method.getTag() != Opcodes.H_INVOKESTATIC) {
          found(method.getName(), method.getDesc(), line);
        }
      }
    }
    here().pop(captured);
    here().push(sizes & 3);
  }

  @Override
  public void visitJumpInsn(int opcode, Label target) {
    switch (opcode) {
      case Opcodes.GOTO -> {
        jumpTo(target);
        stack = null;
      }
      case Opcodes.JSR -> here().push(1);
      case Opcodes.IFEQ,
          Opcodes.IFNE,
          Opcodes.IFLT,
          Opcodes.IFGE,
          Opcodes.IFGT,
          Opcodes.IFLE,
          Opcodes.IFNULL,
          Opcodes.IFNONNULL -> {
        here().pop(1);
        jumpTo(target);
      }
      default -> {
        here().pop(2);
        jumpTo(target);
      }
    }
  }

  @Override
  public void visitTableSwitchInsn(int min, int max, Label otherwise, Label... labels) {
    visitLookupSwitchInsn(otherwise, new int[0], labels);
  }

  @Override
  public void visitLookupSwitchInsn(Label otherwise, int[] keys, Label[] labels) {
    here().pop(1);
    jumpTo(otherwise);
    for (Label label : labels) {
      jumpTo(label);
    }
    stack = null;
  }

  @Override
  public void visitIntInsn(int opcode, int operand) {
    if (opcode == Opcodes.NEWARRAY) {
      here().pop(1);
    }
    here().push(1);
  }

  @Override
  public void visitTypeInsn(int opcode, String type) {
    switch (opcode) {
      case Opcodes.NEW -> here().push(1);
      case Opcodes.CHECKCAST -> {
        // Still the same object.
      }
      default -> {
        here().pop(1);
        here().push(1);
      }
    }
  }

  @Override
  public void visitLdcInsn(Object constant) {
    here().push(constant instanceof Long || constant instanceof Double ? 2 : 1);
  }

  @Override
  public void visitMultiANewArrayInsn(String descriptor, int dimensions) {
    here().pop(dimensions);
    here().push(1);
  }

  @Override
  public void visitInsn(int opcode) {
    switch (opcode) {
      case Opcodes.DUP -> here().duplicate(1, 0);
      case Opcodes.DUP_X1 -> here().duplicate(1, 1);
      case Opcodes.DUP_X2 -> here().duplicate(1, 2);
      case Opcodes.DUP2 -> here().duplicate(2, 0);
      case Opcodes.DUP2_X1 -> here().duplicate(2, 1);
      case Opcodes.DUP2_X2 -> here().duplicate(2, 2);
      case Opcodes.SWAP -> here().swap();
      case Opcodes.IRETURN,
          Opcodes.LRETURN,
          Opcodes.FRETURN,
          Opcodes.DRETURN,
          Opcodes.ARETURN,
          Opcodes.RETURN,
          Opcodes.ATHROW ->
          stack = null;
      default -> {
        here().pop(POPPED.charAt(opcode) - '0');
        here().push(PUSHED.charAt(opcode) - '0');
      }
    }
  }

  private OperandStack here() {
    OperandStack now = stack;
    if (now == null) {
      // Nothing leads here, or only a jump back, which finds an empty stack in compiled Java.
      now = new OperandStack();
      stack = now;
    }
    return now;
  }

  private void jumpTo(Label label) {
    OperandStack before = atJumpTarget.putIfAbsent(label, here().copy());
    if (before != null) {
      before.meet(here());
    }
  }
}
