package io.tcc.architecture.planted.nullmarked.log;

public class InnocentLog {}
