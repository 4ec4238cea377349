"""Courses with compiled steps and a gradient derived by hand."""
