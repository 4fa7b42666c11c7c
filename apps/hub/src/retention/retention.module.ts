import { Module } from '@nestjs/common';
import { ChannelsModule } from '../channels/channels.module.js';
import { Erasing } from './erasing.js';
import { RetentionController } from './retention.controller.js';

/** What is kept no longer: content goes, its proof stays. */
@Module({ imports: [ChannelsModule], controllers: [RetentionController], providers: [Erasing] })
export class RetentionModule {}
