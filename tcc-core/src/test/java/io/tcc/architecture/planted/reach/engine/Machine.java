package io.tcc.architecture.planted.reach.engine;

public class Machine {}
