package io.tcc.architecture.planted.names.engine.util;

public class GuiltyStrings {}
