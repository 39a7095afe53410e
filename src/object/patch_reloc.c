// SPDX-License-Identifier: GPL-2.0-or-later
#include "object/patch_object.h"

unsigned int patch_reloc_width(uint32_t type)
{
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_PC64:
	case R_X86_64_TPOFF64:
	case R_X86_64_DTPOFF64:
	case R_X86_64_DTPMOD64:
		return 8;
	case R_X86_64_32:
	case R_X86_64_32S:
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_GOTPCREL:
	case R_X86_64_GOTPCRELX:
	case R_X86_64_REX_GOTPCRELX:
	case R_X86_64_GOTTPOFF:
	case R_X86_64_TPOFF32:
	case R_X86_64_DTPOFF32:
		return 4;
	}
	return 0;
}

bool patch_reloc_known(uint32_t type)
{
	return patch_reloc_width(type) != 0;
}

bool patch_reloc_is_tls(uint32_t type)
{
	switch (type) {
	case R_X86_64_TPOFF64:
	case R_X86_64_DTPOFF64:
	case R_X86_64_DTPMOD64:
	case R_X86_64_GOTTPOFF:
	case R_X86_64_TPOFF32:
	case R_X86_64_DTPOFF32:
		return true;
	}
	return false;
}
