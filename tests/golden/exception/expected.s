	.text
	.section	.text.unlikely,"ax",@progbits
.LCOLDB0:
	.text
.LHOTB0:
	.p2align 4
	.globl	_Z1fv
	.type	_Z1fv, @function
_Z1fv:
.LFB0:
	.cfi_startproc
	.cfi_personality 0x3,__gxx_personality_v0
	.cfi_lsda 0x3,.LLSDA0
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset 3, -16
.LEHB0:
	call	_Z1gv
.LEHE0:
	popq	%rbx
	.cfi_remember_state
	.cfi_def_cfa_offset 8
	ret
.L5:
	.cfi_restore_state
	movq	%rax, %rdi
	movq	%rdx, %rax
	jmp	.L2
	.globl	__gxx_personality_v0
	.section	.gcc_except_table,"a",@progbits
	.align 4
.LLSDA0:
	.byte	0xff
	.byte	0x3
	.uleb128 .LLSDATT0-.LLSDATTD0
.LLSDATTD0:
	.byte	0x1
	.uleb128 .LLSDACSE0-.LLSDACSB0
.LLSDACSB0:
	.uleb128 .LEHB0-.LFB0
	.uleb128 .LEHE0-.LEHB0
	.uleb128 .L5-.LFB0
	.uleb128 0x1
.LLSDACSE0:
	.byte	0x1
	.byte	0
	.align 4
	.long	_ZTIi
.LLSDATT0:
	.text
	.cfi_endproc
	.section	.text.unlikely
	.cfi_startproc
	.cfi_personality 0x3,__gxx_personality_v0
	.cfi_lsda 0x3,.LLSDAC0
	.type	_Z1fv.cold, @function
_Z1fv.cold:
.LFSB0:
.L2:
	.cfi_def_cfa_offset 16
	.cfi_offset 3, -16
	subq	$1, %rax
	jne	.L10
	call	__cxa_begin_catch
.LEHB1:
	call	_Z1hv
.LEHE1:
	popq	%rbx
	.cfi_remember_state
	.cfi_def_cfa_offset 8
	jmp	__cxa_end_catch
.L10:
	.cfi_restore_state
.LEHB2:
	call	_Unwind_Resume
.L6:
	movq	%rax, %rbx
	call	__cxa_end_catch
	movq	%rbx, %rdi
	call	_Unwind_Resume
.LEHE2:
	.cfi_endproc
.LFE0:
	.section	.gcc_except_table
	.align 4
.LLSDAC0:
	.byte	0xff
	.byte	0x3
	.uleb128 .LLSDATTC0-.LLSDATTDC0
.LLSDATTDC0:
	.byte	0x1
	.uleb128 .LLSDACSEC0-.LLSDACSBC0
.LLSDACSBC0:
	.uleb128 .LEHB1-.LCOLDB0
	.uleb128 .LEHE1-.LEHB1
	.uleb128 .L6-.LCOLDB0
	.uleb128 0
	.uleb128 .LEHB2-.LCOLDB0
	.uleb128 .LEHE2-.LEHB2
	.uleb128 0
	.uleb128 0
.LLSDACSEC0:
	.byte	0x1
	.byte	0
	.align 4
	.long	_ZTIi
.LLSDATTC0:
	.section	.text.unlikely
	.text
	.size	_Z1fv, .-_Z1fv
_Z1fv.Lfe:
	.section	.text.unlikely
	.size	_Z1fv.cold, .-_Z1fv.cold
_Z1fv.cold.Lfe:
.LCOLDE0:
	.text
.LHOTE0:
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: _Z1fv -----
	.p2align 4
	.globl	_Z1fv.kpatch
	.hidden	_Z1fv.kpatch
	.type	_Z1fv.kpatch, @function
_Z1fv.kpatch:
.LFB0.kpatch:
.Lkpatch_cfi0:
	pushq	%rbx
.Lkpatch_cfi1:
.LEHB0.kpatch:
	call	_Z1gv.kpatch_ext
.LEHE0.kpatch:
	popq	%rbx
.Lkpatch_cfi2:
	ret
.L5.kpatch:
.Lkpatch_cfi3:
	movq	%rax, %rdi
	movq	%rdx, %rax
	jmp	.L2.kpatch
.Lkpatch_cfi4:
	.size	_Z1fv.kpatch, .-_Z1fv.kpatch
_Z1fv.kpatch_end:
#----- kpatch: _Z1fv.cold -----
	.p2align 4
	.type	_Z1fv.cold.kpatch, @function
_Z1fv.cold.kpatch:
.LCOLDB0.kpatch:
.Lkpatch_cfi5:
.LFSB0.kpatch:
.L2.kpatch:
.Lkpatch_cfi6:
	subq	$1, %rax
	jne	.L10.kpatch
	call	__cxa_begin_catch.kpatch_ext
.LEHB1.kpatch:
	call	_Z1hv.kpatch_ext
.LEHE1.kpatch:
	popq	%rbx
.Lkpatch_cfi7:
	jmp	__cxa_end_catch.kpatch_ext
.L10.kpatch:
.Lkpatch_cfi8:
.LEHB2.kpatch:
	call	_Unwind_Resume.kpatch_ext
.L6.kpatch:
	movq	%rax, %rbx
	call	__cxa_end_catch.kpatch_ext
	movq	%rbx, %rdi
	call	_Unwind_Resume.kpatch_ext
.LEHE2.kpatch:
.Lkpatch_cfi9:
.LFE0.kpatch:
	.size	_Z1fv.cold.kpatch, .-_Z1fv.cold.kpatch
_Z1fv.cold.kpatch_end:
	.popsection
	.pushsection .kpatch.got,"R",@progbits
	.balign	8
__gxx_personality_v0.kpatch_got:
	.quad	__gxx_personality_v0.kpatch_ext
	.popsection
	.pushsection .kpatch.lsda,"R",@progbits
	.align 4
.LLSDA0.kpatch:
	.byte	0xff
	.byte	0x3
	.uleb128	.LLSDATT0.kpatch-.LLSDATTD0.kpatch
.LLSDATTD0.kpatch:
	.byte	0x1
	.uleb128	.LLSDACSE0.kpatch-.LLSDACSB0.kpatch
.LLSDACSB0.kpatch:
	.uleb128	.LEHB0.kpatch-.LFB0.kpatch
	.uleb128	.LEHE0.kpatch-.LEHB0.kpatch
	.uleb128	.L5.kpatch-.LFB0.kpatch
	.uleb128	0x1
.LLSDACSE0.kpatch:
	.byte	0x1
	.byte	0
	.align 4
	.long	_ZTIl.kpatch_ext
.LLSDATT0.kpatch:
	.align 4
.LLSDAC0.kpatch:
	.byte	0xff
	.byte	0x3
	.uleb128	.LLSDATTC0.kpatch-.LLSDATTDC0.kpatch
.LLSDATTDC0.kpatch:
	.byte	0x1
	.uleb128	.LLSDACSEC0.kpatch-.LLSDACSBC0.kpatch
.LLSDACSBC0.kpatch:
	.uleb128	.LEHB1.kpatch-.LCOLDB0.kpatch
	.uleb128	.LEHE1.kpatch-.LEHB1.kpatch
	.uleb128	.L6.kpatch-.LCOLDB0.kpatch
	.uleb128	0
	.uleb128	.LEHB2.kpatch-.LCOLDB0.kpatch
	.uleb128	.LEHE2.kpatch-.LEHB2.kpatch
	.uleb128	0
	.uleb128	0
.LLSDACSEC0.kpatch:
	.byte	0x1
	.byte	0
	.align 4
	.long	_ZTIl.kpatch_ext
.LLSDATTC0.kpatch:
	.popsection
	.pushsection .kpatch.eh_frame,"R",@progbits
	.balign	8
.Lkpatch_cie0:
	.long	.Lkpatch_cie_end0-.Lkpatch_cie0-4
	.long	0
	.byte	1
	.string	"zPLR"
	.uleb128	1
	.sleb128	-8
	.byte	16
	.uleb128	7
	.byte	0x9b
	.long	__gxx_personality_v0.kpatch_got-.
	.byte	0x1b
	.byte	0x1b
	.byte	0xc,7,8,0x90,1
	.balign	8
.Lkpatch_cie_end0:
	.popsection
	.pushsection .kpatch.eh_frame,"R",@progbits
	.balign	8
.Lkpatch_fde0:
	.long	.Lkpatch_fde_end0-.Lkpatch_fde0-4
	.long	.-.Lkpatch_cie0
	.long	.Lkpatch_cfi0-.
	.long	.Lkpatch_cfi4-.Lkpatch_cfi0
	.uleb128	4
	.long	.LLSDA0.kpatch-.
	.byte	4
	.long	.Lkpatch_cfi1-.Lkpatch_cfi0
	.byte	14
	.uleb128	16
	.byte	0x83
	.uleb128	2
	.byte	4
	.long	.Lkpatch_cfi2-.Lkpatch_cfi1
	.byte	10
	.byte	14
	.uleb128	8
	.byte	4
	.long	.Lkpatch_cfi3-.Lkpatch_cfi2
	.byte	11
	.balign	8
.Lkpatch_fde_end0:
	.balign	8
.Lkpatch_fde1:
	.long	.Lkpatch_fde_end1-.Lkpatch_fde1-4
	.long	.-.Lkpatch_cie0
	.long	.Lkpatch_cfi5-.
	.long	.Lkpatch_cfi9-.Lkpatch_cfi5
	.uleb128	4
	.long	.LLSDAC0.kpatch-.
	.byte	4
	.long	.Lkpatch_cfi6-.Lkpatch_cfi5
	.byte	14
	.uleb128	16
	.byte	0x83
	.uleb128	2
	.byte	4
	.long	.Lkpatch_cfi7-.Lkpatch_cfi6
	.byte	10
	.byte	14
	.uleb128	8
	.byte	4
	.long	.Lkpatch_cfi8-.Lkpatch_cfi7
	.byte	11
	.balign	8
.Lkpatch_fde_end1:
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"_Z1fv"
.Lkpatch_name1:
	.string	"_Z1fv.cold"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	_Z1fv
	.quad	_Z1fv.Lfe-_Z1fv
	.quad	_Z1fv.kpatch
	.quad	_Z1fv.kpatch_end-_Z1fv.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.quad	_Z1fv.cold
	.quad	_Z1fv.cold.Lfe-_Z1fv.cold
	.quad	_Z1fv.cold.kpatch
	.quad	_Z1fv.cold.kpatch_end-_Z1fv.cold.kpatch
	.quad	.Lkpatch_name1
	.quad	2
	.popsection
	.weak	_Z1gv.kpatch_ext
	.hidden	_Z1gv.kpatch_ext
	.weak	__gxx_personality_v0.kpatch_ext
	.hidden	__gxx_personality_v0.kpatch_ext
	.weak	__cxa_begin_catch.kpatch_ext
	.hidden	__cxa_begin_catch.kpatch_ext
	.weak	_Z1hv.kpatch_ext
	.hidden	_Z1hv.kpatch_ext
	.weak	__cxa_end_catch.kpatch_ext
	.hidden	__cxa_end_catch.kpatch_ext
	.weak	_Unwind_Resume.kpatch_ext
	.hidden	_Unwind_Resume.kpatch_ext
	.weak	_ZTIl.kpatch_ext
	.hidden	_ZTIl.kpatch_ext
#----- kpatch end -----
