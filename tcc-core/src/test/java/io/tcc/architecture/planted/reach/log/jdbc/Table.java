package io.tcc.architecture.planted.reach.log.jdbc;

public class Table {}
