package io.tcc.architecture.planted.nullmarked.engine;

public class GuiltyEngine {}
