"""Headless pretrained networks."""
