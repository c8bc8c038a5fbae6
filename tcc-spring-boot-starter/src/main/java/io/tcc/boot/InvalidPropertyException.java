package io.tcc.boot;

/** A property has a value that cannot be used. */
final class InvalidPropertyException extends IllegalArgumentException {

  private static final long serialVersionUID = 1L;

  private final String property;
  private final String requirement;

  /**
   * @param value as text, fit for a log
   * @param requirement that it does not meet, a full sentence
   */
  InvalidPropertyException(String property, Object value, String requirement) {
    super(property + " is \"" + value + "\". " + requirement);
    this.property = property;
    this.requirement = requirement;
  }

  String property() {
    return property;
  }

  String requirement() {
    return requirement;
  }
}
