import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RosterController } from './roster.controller.js';
import { RosterRow } from './roster.entity.js';
import { RosterService } from './roster.service.js';

/** Who the community is, as its co-chairs signed it. */
@Module({
  imports: [TypeOrmModule.forFeature([RosterRow])],
  controllers: [RosterController],
  providers: [RosterService],
  exports: [RosterService],
})
export class RosterModule {}
