import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { Erasing } from './erasing.js';
import { HoldStore } from './hold-store.js';
import { Holding } from './holding.js';
import { HoldsController } from './holds.controller.js';
import { RetentionController } from './retention.controller.js';

/** What is kept no longer: content goes, its proof stays. And what a hold says is to be kept. */
@Module({
  imports: [ChannelsModule],
  controllers: [RetentionController, HoldsController],
  providers: [Erasing, Holding, HoldStore],
  exports: [HoldStore],
})
export class RetentionModule {}
