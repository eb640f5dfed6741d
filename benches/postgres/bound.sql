SELECT bound_holds(1);
