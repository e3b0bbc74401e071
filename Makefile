# Each target is one Python command that works without make too: python3 tools/run.py TASK
# `make` alone lists them. Arguments: make test ARGS="-k dates".
# Another Python: make clean setup PYTHON=python3.12

ifeq ($(OS),Windows_NT)
PYTHON ?= py
else
PYTHON ?= python3
endif
RUN = @$(PYTHON) tools/run.py

.PHONY: help setup site check test cover lint format types schemas exports bench lock clean

help:    ; $(RUN) help
setup:   ; $(RUN) setup
site:    ; $(RUN) site $(ARGS)
check:   ; $(RUN) check $(ARGS)
test:    ; $(RUN) test $(ARGS)
cover:   ; $(RUN) cover $(ARGS)
lint:    ; $(RUN) lint
format:  ; $(RUN) format
types:   ; $(RUN) types $(ARGS)
schemas: ; $(RUN) schemas
exports: ; $(RUN) exports $(ARGS)
bench:   ; $(RUN) bench $(ARGS)
lock:    ; $(RUN) lock $(ARGS)
clean:   ; $(RUN) clean
