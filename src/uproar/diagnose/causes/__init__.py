"""The causes, one file each: what a mechanism is, what speaks for it, and what it is confused with."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from uproar.diagnose.causes import (
    attack_other,
    bad_deploy,
    bgp_routing_error,
    capacity_limit,
    cascade_retry,
    config_error,
    data_db,
    date_time_bug,
    ddos_application,
    ddos_volumetric,
    dependency,
    dns_error,
    fibre_cut,
    hardware,
    maintenance_migration,
    organic_surge,
    planned_maintenance,
    power_cooling,
    software_defect,
    tls_cert,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uproar.diagnose.cause import Cause

# In the order of `axes.LEAVES`, which is that of weights, tables and pages.
CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        module.CAUSE.id: module.CAUSE
        for module in (
            ddos_volumetric,
            ddos_application,
            attack_other,
            config_error,
            maintenance_migration,
            bgp_routing_error,
            bad_deploy,
            tls_cert,
            dns_error,
            capacity_limit,
            organic_surge,
            cascade_retry,
            power_cooling,
            fibre_cut,
            hardware,
            dependency,
            software_defect,
            data_db,
            date_time_bug,
            planned_maintenance,
            unknown,
        )
    }
)
