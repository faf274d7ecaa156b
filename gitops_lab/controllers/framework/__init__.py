"""What every controller stands on: shared informers, a work queue, workers, events, ownership."""
