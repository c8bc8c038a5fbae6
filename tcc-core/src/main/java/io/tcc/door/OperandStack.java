package io.tcc.door;

import java.util.BitSet;

/**
 * The operand stack of a method at one instruction, as far as it matters here: its height in slots,
 * and in which of them lies the object whose method it is.
 */
final class OperandStack {

  private final BitSet own = new BitSet();
  private int height;

  OperandStack() {}

  private OperandStack(OperandStack other) {
    own.or(other.own);
    height = other.height;
  }

  OperandStack copy() {
    return new OperandStack(this);
  }

  /** Puts slots on top, of which none is the object itself. */
  void push(int slots) {
    height += slots;
  }

  /** Puts the object itself on top. */
  void pushOwn() {
    own.set(height++);
  }

  /** Takes slots from the top; there may be fewer, after a jump that could not be followed. */
  void pop(int slots) {
    int lower = Math.max(0, height - slots);
    own.clear(lower, height);
    height = lower;
  }

  /** Whether the object itself lies so many slots below the top one. */
  boolean isOwn(int below) {
    return height > below && own.get(height - 1 - below);
  }

  /** Copies the topmost slots to below themselves and some more: all the dup instructions. */
  void duplicate(int slots, int below) {
    boolean[] copied = top(slots);
    boolean[] passed = new boolean[below];
    pop(slots);
    System.arraycopy(top(below), 0, passed, 0, below);
    pop(below);
    push(copied);
    push(passed);
    push(copied);
  }

  /** Exchanges the two topmost slots. */
  void swap() {
    boolean[] two = top(2);
    pop(2);
    push(new boolean[] {two[1], two[0]});
  }

  /** What both of two ways to the same instruction have in common. */
  void meet(OperandStack other) {
    own.and(other.own);
  }

  /** From the lowest to the topmost. */
  private boolean[] top(int slots) {
    boolean[] found = new boolean[slots];
    for (int i = 0; i < slots; i++) {
      found[i] = isOwn(slots - 1 - i);
    }
    return found;
  }

  private void push(boolean[] slots) {
    for (boolean each : slots) {
      own.set(height++, each);
    }
  }
}
