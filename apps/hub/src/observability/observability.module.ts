import { Module } from '@nestjs/common';
import { MetricsController } from './metrics.controller.js';

/** What the operator sees of the hub. Log and metrics themselves come with the surroundings. */
@Module({ controllers: [MetricsController] })
export class ObservabilityModule {}
