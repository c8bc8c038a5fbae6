package io.tcc.architecture.planted.names.engine.utility;

public class InnocentBill {}
